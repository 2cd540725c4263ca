internal import Ground

/// A message of a client, decoded from one text frame (docs/rooms.md).
public struct ClientMessage: Sendable, Hashable, Decodable {
    /// The number that the client gave the message; `nil` if it wants no answer.
    public var id: Int64?
    /// The message's content.
    public var body: Body

    /// Creates a message.
    init(id: Int64?, body: Body) {
        self.id = id
        self.body = body
    }

    /// The messages of the protocol.
    public enum Body: Sendable, Hashable {
        /// Introduces the client; the first message of a connection.
        case hello(Hello)
        /// Asks for the server's time.
        case clock(sent: Int64)
        /// Controls the playback.
        case control(ControlRequest, base: Int64?)
        /// Tells that the player has loaded what a revision asks for.
        case ready(revision: Int64)
        /// Reports what the player does.
        case status(PlayerStatus)
        /// Sends a chat message.
        case chat(text: String, commandID: String?)
        /// Deletes a chat message.
        case deleteMessage(String)
        /// Sends a reaction, which is not stored.
        case react(String)
        /// Asks for the list of bans.
        case listBans
        /// Lifts a ban.
        case liftBan(member: String)
        /// Removes a member.
        case kick(member: String, banMinutes: Int, reason: String?)
        /// Mutes a member.
        case mute(member: String, seconds: Int)
        /// Gives a member a role.
        case setRole(member: String, MemberRole)
        /// Asks for a snapshot of the room.
        case resync
        /// Leaves the room.
        case leave
        /// A message of a type that this version does not know.
        case unknown
        /// A message of a known type whose fields are missing or invalid.
        case wrong(type: String)
    }

    /// The types of the protocol's messages; docs/rooms.md describes each.
    enum MessageType: String, CaseIterable {
        case hello
        case clock
        case play = "ctl.play"
        case pause = "ctl.pause"
        case seek = "ctl.seek"
        case rate = "ctl.rate"
        case media = "ctl.media"
        case skipWait = "wait.skip"
        case ready
        case status = "player.status"
        case chat = "chat.send"
        case deleteMessage = "chat.delete"
        case react
        case kick = "member.kick"
        case mute = "member.mute"
        case listBans = "ban.list"
        case liftBan = "ban.lift"
        case setRole = "role.set"
        case resync
        case leave
    }

    /// A playback control as the client sent it: a video is named by its id.
    public enum ControlRequest: Sendable, Hashable {
        /// A control that needs no look-up.
        case plain(PlaybackControl)
        /// A change to another video.
        case media(videoID: String)
    }

    /// Decodes a frame.
    /// - Throws: ``RoomFault/malformed`` if it is not a message. Wrong fields of a known type give ``Body/wrong(type:)``.
    public static func read(_ text: some Collection<UInt8>) throws(RoomFault) -> ClientMessage {
        do {
            try bounds.check(text)
            return try JSONText.decode(ClientMessage.self, text)
        } catch {
            throw .malformed
        }
    }

    /// Bounds that no valid message exceeds.
    private static let bounds = JSONBounds(depth: 8, values: 100)

    private enum Keys: String, CodingKey { case t, id, d }

    private enum Field: String, CodingKey {
        case token, name, guestKey, resume, t0, pos, rate, videoId, baseRev, rev, state, text, cmdId, msgId, emoji
        case memberId, banMinutes, reason, seconds, role
    }

    /// Decodes a message.
    public init(from decoder: any Decoder) throws {
        let whole = try decoder.container(keyedBy: Keys.self)
        id = try whole.decodeIfPresent(Int64.self, forKey: .id)
        let name = try whole.decode(String.self, forKey: .t)
        let type = MessageType(rawValue: name)
        do {
            guard whole.contains(.d), try !whole.decodeNil(forKey: .d) else {
                body = try type.map { try Self.plain($0) } ?? .unknown
                return
            }
            let fields = try whole.nestedContainer(keyedBy: Field.self, forKey: .d)
            body = try type.map { try Self.body($0, fields) } ?? .unknown
        } catch {
            body = .wrong(type: name)
        }
    }

    /// The message of a type without fields.
    private static func plain(_ type: MessageType) throws -> Body {
        switch type {
        case .play: .control(.plain(.play), base: nil)
        case .pause: .control(.plain(.pause(position: nil)), base: nil)
        case .skipWait: .control(.plain(.skipWait), base: nil)
        case .resync: .resync
        case .listBans: .listBans
        case .leave: .leave
        case .hello, .clock, .seek, .rate, .media, .ready, .status, .chat,
            .deleteMessage, .react, .liftBan, .kick, .mute, .setRole:
            throw RoomFault.malformed
        }
    }

    /// The message of a type with fields.
    private static func body(_ type: MessageType, _ fields: KeyedDecodingContainer<Field>) throws -> Body {
        func control(_ request: ControlRequest) throws -> Body {
            .control(request, base: try fields.decodeIfPresent(Int64.self, forKey: .baseRev))
        }
        switch type {
        case .hello:
            return .hello(
                Hello(
                    token: try fields.decodeIfPresent(String.self, forKey: .token),
                    name: try fields.decodeIfPresent(String.self, forKey: .name),
                    guestKey: try fields.decodeIfPresent(String.self, forKey: .guestKey),
                    resume: try fields.decodeIfPresent(Resumption.self, forKey: .resume)))
        case .clock: return .clock(sent: try fields.decode(Int64.self, forKey: .t0))
        case .play: return try control(.plain(.play))
        case .pause:
            return try control(.plain(.pause(position: try position(fields))))
        case .seek:
            guard let wanted = try position(fields) else { throw RoomFault.malformed }
            return try control(.plain(.seek(position: wanted)))
        case .rate: return try control(.plain(.rate(try fields.decode(Double.self, forKey: .rate))))
        case .media: return try control(.media(videoID: try fields.decode(String.self, forKey: .videoId)))
        case .skipWait: return try control(.plain(.skipWait))
        case .ready: return .ready(revision: try fields.decode(Int64.self, forKey: .rev))
        case .status:
            return .status(
                PlayerStatus(
                    position: try position(fields) ?? 0, state: try fields.decode(PlayerState.self, forKey: .state)))
        case .chat:
            return .chat(
                text: try fields.decode(String.self, forKey: .text),
                commandID: try fields.decodeIfPresent(String.self, forKey: .cmdId))
        case .deleteMessage: return .deleteMessage(try fields.decode(String.self, forKey: .msgId))
        case .react: return .react(try fields.decode(String.self, forKey: .emoji))
        case .liftBan: return .liftBan(member: try fields.decode(String.self, forKey: .memberId))
        case .kick:
            return .kick(
                member: try fields.decode(String.self, forKey: .memberId),
                banMinutes: try fields.decodeIfPresent(Int.self, forKey: .banMinutes) ?? 0,
                reason: try fields.decodeIfPresent(String.self, forKey: .reason))
        case .mute:
            return .mute(
                member: try fields.decode(String.self, forKey: .memberId),
                seconds: try fields.decode(Int.self, forKey: .seconds))
        case .setRole:
            return .setRole(
                member: try fields.decode(String.self, forKey: .memberId),
                try fields.decode(MemberRole.self, forKey: .role))
        case .resync, .listBans, .leave: return try plain(type)
        }
    }

    /// A position in milliseconds; fractions are dropped, and values outside 0…10¹² are clamped, because players report
    /// positions slightly before the start.
    private static func position(_ fields: KeyedDecodingContainer<Field>) throws -> Int64? {
        guard let value = try fields.decodeIfPresent(Double.self, forKey: .pos) else { return nil }
        return Int64(min(max(value, 0), 1e12))
    }
}

/// The fields of `hello`.
public struct Hello: Sendable, Hashable {
    /// The session token of an account; `nil` for a guest.
    public var token: String?
    /// A guest's name.
    public var name: String?
    /// The key that identifies a guest's client across reloads.
    public var guestKey: String?
    /// The membership to resume, if any.
    public var resume: Resumption?
}

/// What a client proves and knows when it resumes a membership.
public struct Resumption: Sendable, Hashable, Decodable {
    /// The member's id.
    public var memberId: String
    /// The secret from the member's welcome.
    public var secret: String
    /// The epoch of the events that the client has received.
    public var epoch: String
    /// The sequence number of the last event that the client has received.
    public var seq: Int64
}

/// A report of a member's player.
public struct PlayerStatus: Sendable, Hashable {
    /// The player's position, in milliseconds.
    public var position: Int64
    /// The player's state.
    public var state: PlayerState
}

/// The state of a player.
public enum PlayerState: String, Sendable, Hashable, Decodable {
    case ready, buffering, playing, paused, ended
}
