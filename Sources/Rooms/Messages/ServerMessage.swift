internal import Ground

/// The encoder of the server's messages; each is the text of one frame (docs/rooms.md).
public enum ServerMessage {
    /// Encodes the answer to a numbered message that succeeded.
    public static func answer(to id: Int64, _ fields: some Encodable = NoFields()) throws -> [UInt8] {
        try JSONText.encode(Answer(re: id, ok: true, d: fields))
    }

    /// Encodes the answer to a numbered message that was refused.
    public static func refusal(of id: Int64, _ fault: RoomFault, retryAfter: Int? = nil) throws -> [UInt8] {
        try JSONText.encode(
            Refusal(re: id, err: .init(code: fault.rawValue, title: fault.title, retryAfter: retryAfter)))
    }

    /// Encodes the answer to a numbered message whose fields are JSON already.
    static func answer(to id: Int64, text: [UInt8]) -> [UInt8] {
        JSONText.object(["d": text, "ok": Array("true".utf8), "re": Array(String(id).utf8)])
    }

    /// Encodes an event without a sequence number whose fields are JSON already.
    static func event(_ type: String, at now: Int64, text: [UInt8]) -> [UInt8] {
        JSONText.object(["d": text, "t": Array("\"\(type)\"".utf8), "ts": Array(String(now).utf8)])
    }

    /// Encodes an event.
    /// - Parameters:
    ///   - sequence: Its sequence number, if it is an ordered event.
    ///   - now: Milliseconds since 1970.
    public static func event(
        _ type: String, sequence: Int64? = nil, at now: Int64, _ fields: some Encodable
    ) throws -> [UInt8] {
        try JSONText.encode(Event(t: type, seq: sequence, ts: now, d: fields))
    }

    /// The empty object.
    public struct NoFields: Encodable {
        /// Creates an empty object.
        public init() {}
    }

    private struct Answer<Fields: Encodable>: Encodable {
        var re: Int64
        var ok: Bool
        var d: Fields
    }

    private struct Refusal: Encodable {
        struct Fault: Encodable {
            var code: String
            var title: String
            var retryAfter: Int?
        }
        var re: Int64
        var err: Fault
    }

    private struct Event<Fields: Encodable>: Encodable {
        var t: String
        var seq: Int64?
        var ts: Int64
        var d: Fields
    }
}

extension RoomFault {
    /// A short sentence for users.
    public var title: String {
        switch self {
        case .malformed: "The message cannot be read"
        case .unknownType: "There is no such message"
        case .notAllowed: "Only the host and cohosts may do this"
        case .invalidState: "Not possible right now"
        case .stale: "The room has gone on meanwhile"
        case .rateLimited: "Too many messages"
        case .slowMode: "The room is in slow mode"
        case .repeated: "The same message again"
        case .muted: "You may not chat for now"
        case .tooLong: "The text is too long"
        case .empty: "The text is empty"
        case .memberNotFound: "There is no such member"
        case .messageNotFound: "There is no such message"
        case .videoNotFound: "There is no such video"
        case .videoNotPlayable: "The video cannot be watched yet"
        case .full: "The room is full"
        case .banned, .addressBanned: "You may not come in"
        case .banNotFound: "There is no such ban"
        case .tooManyOfAddress: "Too many come from your address"
        case .tooManyOfAccount: "Your account is here too often"
        case .notAnEmoji: "A reaction is one emoji"
        case .roomNotFound: "There is no such room"
        case .unavailable: "Not possible right now; try again"
        }
    }
}
