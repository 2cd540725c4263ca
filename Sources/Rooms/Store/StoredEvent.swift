internal import Ground

/// An ordered event as the store has it for members who resume.
public struct StoredEvent: Sendable, Hashable {
    /// Its sequence number.
    public let sequence: Int64
    /// The frame that clients are sent.
    public let text: [UInt8]
    /// The fields that nodes look up again.
    let summary: Summary

    /// What an event was about, as far as nodes look it up.
    enum Summary: Sendable, Hashable {
        case chat(ChatLog.Change)
        case left(member: String, LeaveReason, explanation: String?)
        case other
    }

    /// Encodes an event.
    /// - Parameter now: When it happened, in milliseconds since 1970.
    init(sequence: Int64, _ event: RoomEvent, at now: Int64) throws {
        func frame(_ type: String, _ fields: some Encodable) throws -> [UInt8] {
            try ServerMessage.event(type, sequence: sequence, at: now, fields)
        }
        self.sequence = sequence
        switch event {
        case .messageSent(let message):
            text = try frame("chat.msg", message)
            summary = .chat(ChatLog.Change(sending: message))
        case .messageDeleted(let message, let member):
            text = try frame("chat.deleted", ["msgId": message, "by": member])
            summary = .chat(.deleted(message: message))
        case .left(let member, let reason, let explanation):
            text = try frame(
                "member.leave", DepartureDocument(memberId: member, reason: reason, words: explanation))
            summary = .left(member: member, reason, explanation: explanation)
        case .playback(let playback, let pending):
            (text, summary) = (try frame("state", PlaybackDocument(playback, pending: pending)), .other)
        case .joined(let member):
            (text, summary) = (try frame("member.join", ["member": MemberDocument(member)]), .other)
        case .updated(let member):
            (text, summary) = (try frame("member.update", ["member": MemberDocument(member)]), .other)
        case .roomChanged(let state):
            (text, summary) = (try frame("room", ["room": RoomDocument(state)]), .other)
        }
    }

    /// Decodes a stored frame; `nil` if it is not an event.
    public init?(_ text: [UInt8]) {
        guard let outline = try? JSONText.decode(Outline.self, text), (1...(1 << 53)).contains(outline.seq) else {
            return nil
        }
        sequence = outline.seq
        self.text = text
        let fields = outline.d
        summary =
            switch (outline.t, fields.msgId, fields.memberId) {
            case ("chat.msg", let message?, _):
                .chat(.sent(message: message, from: fields.from ?? "", commandID: fields.cmdId))
            case ("chat.deleted", let message?, _): .chat(.deleted(message: message))
            case ("member.leave", _, let member?):
                .left(member: member, fields.reason.flatMap(LeaveReason.init) ?? .left, explanation: fields.words)
            default: .other
            }
    }

    private struct Outline: Decodable {
        struct Fields: Decodable {
            var msgId: String?
            var cmdId: String?
            var from: String?
            var memberId: String?
            var reason: String?
            var words: String?
        }
        var t: String
        var seq: Int64
        var d: Fields
    }
}

/// The recent events of a room, without gaps, oldest first.
public struct EventHistory: Sendable, Hashable {
    /// The events, in the order of their sequence numbers.
    public private(set) var events: [StoredEvent] = []

    /// Creates an empty history.
    public init() {}

    /// Creates a history of stored events; those before the last gap are dropped.
    public init(_ stored: [StoredEvent]) {
        for event in stored { append(event) }
    }

    /// Appends an event; earlier ones are dropped if it does not follow the last one.
    mutating func append(_ event: StoredEvent) {
        if let last = events.last, event.sequence != last.sequence + 1 { events = [] }
        events.append(event)
        // Fifty at a time: each removal from the front moves all other elements.
        if events.count >= RoomLimits.history + 50 { events.removeFirst(events.count - RoomLimits.history) }
    }

    /// The events after a sequence number; `nil` if some of them are missing.
    /// - Parameters:
    ///   - sequence: The last event that the client has.
    ///   - last: The room's last event.
    public func after(_ sequence: Int64, upTo last: Int64) -> ArraySlice<StoredEvent>? {
        guard sequence < last else { return sequence == last ? [] : nil }
        guard let first = events.first?.sequence, let newest = events.last?.sequence, first <= sequence + 1,
            newest == last
        else { return nil }
        return events[(events.count - Int(last - sequence))...]
    }

    /// The chat messages that a snapshot has, oldest first: the last ``RoomLimits/shownChat`` that were not deleted.
    /// - Parameter sequence: All messages after this event are included as well.
    func chat(after sequence: Int64? = nil) -> [StoredEvent] {
        var deleted: Set<String> = []
        var shown: [StoredEvent] = []
        for event in events.reversed() {
            guard shown.count < RoomLimits.shownChat || event.sequence > sequence ?? .max else { break }
            switch event.summary {
            case .chat(.deleted(let message)): deleted.insert(message)
            case .chat(.sent(let message, _, _)): if !deleted.contains(message) { shown.append(event) }
            case .left, .other: break
            }
        }
        return shown.reversed()
    }

    /// What happened to the chat, for commands that refer to it.
    var chatLog: ChatLog {
        var log = ChatLog()
        for event in events {
            var change: ChatLog.Change?
            if case .chat(let found) = event.summary { change = found }
            log.append(change, sequence: event.sequence)
        }
        return log
    }

    /// Why a member left, and the explanation that the member is given.
    func departure(of member: String) -> (reason: LeaveReason, explanation: String?)? {
        for event in events.reversed() {
            if case .left(member, let reason, let explanation) = event.summary { return (reason, explanation) }
        }
        return nil
    }
}
