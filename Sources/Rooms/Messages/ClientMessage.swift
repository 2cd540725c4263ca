internal import Ground
internal import MediaModel

/// What a client says, read from one text frame (docs/rooms.md).
public struct ClientMessage: Sendable, Hashable, Decodable {
    /// The client's own number; an answer is wanted if it is there.
    public var id: Int64?
    /// What it says.
    public var body: Body

    /// A message.
    init(id: Int64?, body: Body) {
        self.id = id
        self.body = body
    }

    /// What a client can say.
    public enum Body: Sendable, Hashable {
        /// The first message.
        case hello(Hello)
        /// Asks for the server's time.
        case clock(sent: Int64)
        /// Controls the playback.
        case control(ControlRequest, base: Int64?)
        /// Has loaded what a revision asks for.
        case ready(revision: Int64)
        /// How its player does.
        case status(PlayerStatus)
        /// Says something to all.
        case chat(text: String, commandID: String?)
        /// Takes a message away.
        case deleteMessage(String)
        /// Shows a feeling that is not kept.
        case react(String)
        /// Asks who may not come in.
        case listBans
        /// Lets somebody come in again.
        case liftBan(member: String)
        /// Shows somebody out.
        case kick(member: String, banMinutes: Int, reason: String?)
        /// Silences somebody.
        case mute(member: String, seconds: Int)
        /// Gives a role.
        case setRole(member: String, MemberRole)
        /// Asks for everything anew.
        case resync
        /// Goes.
        case leave
        /// A message that this version does not know.
        case unknown
        /// A message of this type whose fields are missing or are not what they have to be.
        case wrong(type: String)
    }

    /// A control before the video that it may name has been looked up.
    public enum ControlRequest: Sendable, Hashable {
        /// A control that needs nothing else.
        case plain(Control)
        /// Another video.
        case media(videoID: String)
    }

    /// Reads a frame.
    /// - Throws: ``RoomFault/malformed`` if it is no message at all; of one whose fields are wrong the body says so.
    public static func read(_ text: some Collection<UInt8>) throws(RoomFault) -> ClientMessage {
        do {
            try bounds.check(text)
            return try JSONText.decode(ClientMessage.self, text)
        } catch {
            throw .malformed
        }
    }

    /// More than any message has.
    private static let bounds = JSONBounds(depth: 8, values: 100)

    private enum Keys: String, CodingKey { case t, id, d }

    private enum Field: String, CodingKey {
        case token, name, guestKey, resume, t0, pos, rate, videoId, baseRev, rev, state, text, cmdId, msgId, emoji
        case memberId, banMinutes, reason, seconds, role
    }

    /// Reads a message.
    public init(from decoder: any Decoder) throws {
        let whole = try decoder.container(keyedBy: Keys.self)
        id = try whole.decodeIfPresent(Int64.self, forKey: .id)
        let type = try whole.decode(String.self, forKey: .t)
        do {
            guard whole.contains(.d), try !whole.decodeNil(forKey: .d) else {
                body = try Self.plain(type)
                return
            }
            body = try Self.body(type, try whole.nestedContainer(keyedBy: Field.self, forKey: .d))
        } catch {
            body = .wrong(type: type)
        }
    }

    /// Messages without fields.
    private static func plain(_ type: String) throws -> Body {
        switch type {
        case "ctl.play": .control(.plain(.play), base: nil)
        case "ctl.pause": .control(.plain(.pause(position: nil)), base: nil)
        case "wait.skip": .control(.plain(.skipWait), base: nil)
        case "resync": .resync
        case "ban.list": .listBans
        case "leave": .leave
        case "hello", "clock", "ctl.seek", "ctl.rate", "ctl.media", "ready", "player.status", "chat.send",
            "chat.delete", "react", "ban.lift", "member.kick", "member.mute", "role.set":
            throw RoomFault.malformed
        default: .unknown
        }
    }

    private static func body(_ type: String, _ fields: KeyedDecodingContainer<Field>) throws -> Body {
        func control(_ wish: ControlRequest) throws -> Body {
            .control(wish, base: try fields.decodeIfPresent(Int64.self, forKey: .baseRev))
        }
        switch type {
        case "hello":
            return .hello(
                Hello(
                    token: try fields.decodeIfPresent(String.self, forKey: .token),
                    name: try fields.decodeIfPresent(String.self, forKey: .name),
                    guestKey: try fields.decodeIfPresent(String.self, forKey: .guestKey),
                    resume: try fields.decodeIfPresent(Resumption.self, forKey: .resume)))
        case "clock": return .clock(sent: try fields.decode(Int64.self, forKey: .t0))
        case "ctl.play": return try control(.plain(.play))
        case "ctl.pause":
            return try control(.plain(.pause(position: try position(fields))))
        case "ctl.seek":
            guard let wanted = try position(fields) else { throw RoomFault.malformed }
            return try control(.plain(.seek(position: wanted)))
        case "ctl.rate": return try control(.plain(.rate(try fields.decode(Double.self, forKey: .rate))))
        case "ctl.media": return try control(.media(videoID: try fields.decode(String.self, forKey: .videoId)))
        case "wait.skip": return try control(.plain(.skipWait))
        case "ready": return .ready(revision: try fields.decode(Int64.self, forKey: .rev))
        case "player.status":
            return .status(
                PlayerStatus(
                    position: try position(fields) ?? 0, state: try fields.decode(PlayerState.self, forKey: .state)))
        case "chat.send":
            return .chat(
                text: try fields.decode(String.self, forKey: .text),
                commandID: try fields.decodeIfPresent(String.self, forKey: .cmdId))
        case "chat.delete": return .deleteMessage(try fields.decode(String.self, forKey: .msgId))
        case "react": return .react(try fields.decode(String.self, forKey: .emoji))
        case "ban.lift": return .liftBan(member: try fields.decode(String.self, forKey: .memberId))
        case "member.kick":
            return .kick(
                member: try fields.decode(String.self, forKey: .memberId),
                banMinutes: try fields.decodeIfPresent(Int.self, forKey: .banMinutes) ?? 0,
                reason: try fields.decodeIfPresent(String.self, forKey: .reason))
        case "member.mute":
            return .mute(
                member: try fields.decode(String.self, forKey: .memberId),
                seconds: try fields.decode(Int.self, forKey: .seconds))
        case "role.set":
            return .setRole(
                member: try fields.decode(String.self, forKey: .memberId),
                try fields.decode(MemberRole.self, forKey: .role))
        default: return try plain(type)
        }
    }

    /// A position; players tell it in fractions and from before the beginning now and then, and nothing is longer than this.
    private static func position(_ fields: KeyedDecodingContainer<Field>) throws -> Int64? {
        guard let value = try fields.decodeIfPresent(Double.self, forKey: .pos) else { return nil }
        return Int64(min(max(value, 0), 1e12))
    }
}

/// The first message of a connection.
public struct Hello: Sendable, Hashable {
    /// The session's token of somebody signed in.
    public var token: String?
    /// A guest's name.
    public var name: String?
    /// By which a guest's client is known again.
    public var guestKey: String?
    /// A connection that broke.
    public var resume: Resumption?
}

/// How a member comes back.
public struct Resumption: Sendable, Hashable, Decodable {
    /// The member.
    public var memberId: String
    /// What the member was given.
    public var secret: String
    /// The series of events that the client has seen.
    public var epoch: String
    /// The last event that the client has seen.
    public var seq: Int64
}

/// What a player says of itself.
public struct PlayerStatus: Sendable, Hashable {
    /// Where it is, in milliseconds.
    public var position: Int64
    /// What it does.
    public var state: PlayerState
}

/// What a player does.
public enum PlayerState: String, Sendable, Hashable, Decodable {
    case ready, buffering, playing, paused, ended
}
