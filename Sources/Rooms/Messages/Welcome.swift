/// Everything about a room, for a client that knows nothing of it, or not enough.
public struct Snapshot: Encodable, Sendable {
    private let epoch: String
    private let seq: Int64
    private let snapshot: Content

    init(_ room: StoredRoom) {
        epoch = room.state.epoch
        seq = room.state.sequence
        snapshot = Content(room)
    }

    struct Content: Encodable {
        let room: RoomDocument
        let state: PlaybackDocument
        let members: [MemberDocument]
        let chat: [RawJSON]

        init(_ stored: StoredRoom) {
            room = RoomDocument(id: stored.state.id, stored.state.settings)
            state = PlaybackDocument(stored.state)
            members = stored.state.queue.map { MemberDocument($0) }
            chat = stored.history.chat.compactMap { RawJSON($0.text) }
        }
    }
}

/// The first event of a connection.
struct Welcome {
    private let fields: Fields

    /// - Parameter missed: The events that a client that came back has missed; `nil` if it has to be told everything.
    init(
        member: String, secret: String, _ room: StoredRoom, resumed: Bool, missed: ArraySlice<StoredEvent>?
    ) {
        fields = Fields(
            memberId: member, secret: secret, epoch: room.state.epoch, seq: room.state.sequence, resumed: resumed,
            missed: missed.map { $0.compactMap { RawJSON($0.text) } },
            snapshot: missed == nil ? Snapshot.Content(room) : nil,
            limits: .init(chatLength: RoomLimits.chatLength, chatBurst: ChatGate.burst, members: RoomLimits.members))
    }

    func frame(at now: Int64) throws -> [UInt8] { try ServerMessage.event("welcome", at: now, fields) }

    private struct Fields: Encodable {
        struct Limits: Encodable {
            var chatLength: Int
            var chatBurst: Int
            var members: Int
        }
        var memberId: String
        var secret: String
        var epoch: String
        var seq: Int64
        var resumed: Bool
        var missed: [RawJSON]?
        var snapshot: Snapshot.Content?
        var limits: Limits
    }
}

/// JSON that is there already, put into other JSON.
enum RawJSON: Codable, Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([RawJSON])
    case object([String: RawJSON])

    init?(_ text: [UInt8]) {
        guard let value = try? JSONText.decode(RawJSON.self, text) else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            self = .null
        } else if let value = try? single.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? single.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? single.decode(Double.self) {
            self = .number(value)
        } else if let value = try? single.decode(String.self) {
            self = .string(value)
        } else if let value = try? single.decode([RawJSON].self) {
            self = .array(value)
        } else {
            self = .object(try single.decode([String: RawJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var single = encoder.singleValueContainer()
        switch self {
        case .null: try single.encodeNil()
        case .bool(let value): try single.encode(value)
        case .integer(let value): try single.encode(value)
        case .number(let value): try single.encode(value)
        case .string(let value): try single.encode(value)
        case .array(let value): try single.encode(value)
        case .object(let value): try single.encode(value)
        }
    }
}
