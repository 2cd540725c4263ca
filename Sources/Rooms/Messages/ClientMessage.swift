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
        let envelope = try decoder.container(keyedBy: Keys.self)
        id = try envelope.decodeIfPresent(Int64.self, forKey: .id)
        let name = try envelope.decode(String.self, forKey: .t)
        do {
            let isBare = try !envelope.contains(.d) || envelope.decodeNil(forKey: .d)
            let fields = Fields(
                container: isBare ? nil : try envelope.nestedContainer(keyedBy: Field.self, forKey: .d))
            guard let type = MessageType(rawValue: name) else {
                body = .unknown
                return
            }
            body =
                switch type {
                case .hello where isBare: throw RoomFault.malformed
                case .hello:
                    .hello(
                        Hello(
                            token: try fields.optional(.token), name: try fields.optional(.name),
                            guestKey: try fields.optional(.guestKey), resume: try fields.optional(.resume)))
                case .clock: .clock(sent: try fields.required(.t0))
                case .play, .pause, .seek, .rate, .media, .skipWait: try Self.control(type, fields)
                case .ready: .ready(revision: try fields.required(.rev))
                case .status:
                    .status(PlayerStatus(position: try fields.position() ?? 0, state: try fields.required(.state)))
                case .chat: .chat(text: try fields.required(.text), commandID: try fields.optional(.cmdId))
                case .deleteMessage: .deleteMessage(try fields.required(.msgId))
                case .react: .react(try fields.required(.emoji))
                case .listBans: .listBans
                case .liftBan: .liftBan(member: try fields.required(.memberId))
                case .kick:
                    .kick(
                        member: try fields.required(.memberId), banMinutes: try fields.optional(.banMinutes) ?? 0,
                        reason: try fields.optional(.reason))
                case .mute: .mute(member: try fields.required(.memberId), seconds: try fields.required(.seconds))
                case .setRole: .setRole(member: try fields.required(.memberId), try fields.required(.role))
                case .resync: .resync
                case .leave: .leave
                }
        } catch {
            body = .wrong(type: name)
        }
    }

    /// The playback control of a type.
    private static func control(_ type: MessageType, _ fields: Fields) throws -> Body {
        let request: ControlRequest
        switch type {
        case .play: request = .plain(.play)
        case .pause: request = .plain(.pause(position: try fields.position()))
        case .seek:
            guard let position = try fields.position() else { throw RoomFault.malformed }
            request = .plain(.seek(position: position))
        case .rate: request = .plain(.rate(try fields.required(.rate)))
        case .media: request = .media(videoID: try fields.required(.videoId))
        default: request = .plain(.skipWait)
        }
        return .control(request, base: try fields.optional(.baseRev))
    }

    /// The fields of a message; a message without `d` has none.
    private struct Fields {
        let container: KeyedDecodingContainer<Field>?

        func required<Value: Decodable>(_ field: Field) throws -> Value {
            guard let container else { throw RoomFault.malformed }
            return try container.decode(Value.self, forKey: field)
        }

        func optional<Value: Decodable>(_ field: Field) throws -> Value? {
            try container?.decodeIfPresent(Value.self, forKey: field)
        }

        /// The position in milliseconds; fractions are dropped, and values outside 0…10¹² are clamped, because players
        /// report positions slightly before the start.
        func position() throws -> Int64? {
            let value: Double? = try optional(.pos)
            return value.map { Int64(min(max($0, 0), 1e12)) }
        }
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
