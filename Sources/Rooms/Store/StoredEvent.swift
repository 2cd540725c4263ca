internal import Ground

/// An ordered event as it is kept for members who come back.
public struct StoredEvent: Sendable, Hashable {
    /// Its number.
    public let sequence: Int64
    /// The frame that clients get.
    public let text: [UInt8]
    /// What the room itself needs of it again.
    let gist: Gist

    /// What an event was about.
    enum Gist: Sendable, Hashable {
        case said(message: String, commandID: String?, from: String)
        case deleted(message: String)
        case left(member: String, LeaveReason, words: String?)
        case other
    }

    init(sequence: Int64, _ event: RoomEvent, room: String, at now: Int64) throws {
        self.sequence = sequence
        text = try event.text(sequence: sequence, room: room, at: now)
        gist =
            switch event {
            case .said(let message):
                .said(message: message.id, commandID: message.commandID, from: message.from)
            case .deleted(let message, _): .deleted(message: message)
            case .left(let member, let reason, let words): .left(member: member, reason, words: words)
            default: .other
            }
    }

    /// Reads an event back; `nil` if it is none.
    public init?(_ text: [UInt8]) {
        guard let outline = try? JSONText.decode(Outline.self, text), (1...(1 << 53)).contains(outline.seq) else {
            return nil
        }
        sequence = outline.seq
        self.text = text
        let fields = outline.d
        gist =
            switch (outline.t, fields.msgId, fields.memberId) {
            case ("chat.msg", let message?, _):
                .said(message: message, commandID: fields.cmdId, from: fields.from ?? "")
            case ("chat.deleted", let message?, _): .deleted(message: message)
            case ("member.leave", _, let member?):
                .left(member: member, fields.reason.flatMap(LeaveReason.init) ?? .left, words: fields.words)
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

/// The last events of a room, without gaps, oldest first.
public struct EventHistory: Sendable, Hashable {
    /// The events.
    public private(set) var events: [StoredEvent] = []

    /// No events.
    public init() {}

    /// Events that were kept; from the last gap on.
    public init(_ kept: [StoredEvent]) {
        for event in kept {
            if let last = events.last, event.sequence != last.sequence + 1 { events = [] }
            events.append(event)
        }
        trim()
    }

    /// Adds an event that follows the last one.
    mutating func append(_ event: StoredEvent) {
        if let last = events.last, event.sequence != last.sequence + 1 { events = [] }
        events.append(event)
        trim()
    }

    /// All events after a number; `nil` if some of them are not here any more.
    /// - Parameters:
    ///   - sequence: The last event that is known.
    ///   - last: The room's last event.
    public func after(_ sequence: Int64, upTo last: Int64) -> ArraySlice<StoredEvent>? {
        guard sequence < last else { return sequence == last ? [] : nil }
        guard let first = events.first?.sequence, let newest = events.last?.sequence, first <= sequence + 1,
            newest == last
        else { return nil }
        return events[(events.count - Int(last - sequence))...]
    }

    /// The messages that newcomers are shown, oldest first.
    /// - Parameter sequence: All messages after this event are among them.
    func chat(after sequence: Int64? = nil) -> [StoredEvent] {
        var deleted: Set<String> = []
        var shown: [StoredEvent] = []
        for event in events.reversed() {
            guard shown.count < RoomLimits.shownChat || event.sequence > sequence ?? .max else { break }
            switch event.gist {
            case .deleted(let message): deleted.insert(message)
            case .said(let message, _, _): if !deleted.contains(message) { shown.append(event) }
            default: break
            }
        }
        return shown.reversed()
    }

    /// Whether a message was said and not taken away.
    func has(message: String) -> Bool {
        for event in events.reversed() {
            switch event.gist {
            case .deleted(message): return false
            case .said(message, _, _): return true
            default: continue
            }
        }
        return false
    }

    /// The message that a member's command has already made.
    func message(of commandID: String, from member: String) -> String? {
        for event in events.reversed() {
            if case .said(let message, commandID, member) = event.gist { return message }
        }
        return nil
    }

    /// Why a member went, and what they are told.
    func departure(of member: String) -> (reason: LeaveReason, words: String?)? {
        for event in events.reversed() {
            if case .left(member, let reason, let words) = event.gist { return (reason, words) }
        }
        return nil
    }

    private mutating func trim() {
        // In pieces: taking one off the front each time would move all others.
        guard events.count >= RoomLimits.history + 50 else { return }
        events.removeFirst(events.count - RoomLimits.history)
    }
}
