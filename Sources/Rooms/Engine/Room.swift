/// A room as a state machine: commands and the time go in, a new state and ordered events come out.
///
/// Holds no sockets and reads no clock. The same commands at the same times give the same room on every node.
public struct Room: Sendable {
    /// The current state.
    public private(set) var state: RoomState
    /// The events since ``takeEvents()`` was last called, each with its sequence number.
    public private(set) var events: [(sequence: Int64, event: RoomEvent)] = []
    /// The recent chat, with what this room's commands did to it.
    private(set) var chat: ChatLog

    /// Creates a room in a state, without chat messages.
    public init(_ state: RoomState) { self.init(state, chat: ChatLog()) }

    /// Creates a room in a state.
    /// - Parameter chat: The chat of the events before.
    init(_ state: RoomState, chat: ChatLog) {
        self.state = state
        self.chat = chat
    }

    /// Applies a command.
    /// - Parameters:
    ///   - command: What happens.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``RoomFault``; the room is unchanged then.
    /// - Returns: The id of the message that a chat command created, now or before; `nil` for other commands.
    @discardableResult
    public mutating func apply(_ command: RoomCommand, at now: Int64) throws(RoomFault) -> String? {
        switch command {
        case .join(let request): try join(request, at: now)
        case .resume(let member, let attachment): try resume(member, attachment, at: now)
        case .lost(let member, let connection): markAway(member, connection, at: now)
        case .nodesLost(let nodes):
            for member in state.queue where nodes.contains(member.node) {
                markAway(member.id, member.connection, at: now)
            }
        case .leave(let member): remove(member, .left, at: now)
        case .control(let member, let control, let base): try perform(control, by: member, base: base, at: now)
        case .ready(let member, let revision, let roundTrip):
            try markReady(member, revision: revision, roundTrip: roundTrip, at: now)
        case .buffering(let member, let isBuffering, let position):
            try setBuffering(member, isBuffering, position: position, at: now)
        case .chat(let member, let text, let commandID):
            return try addMessage(text, by: member, commandID: commandID, at: now)
        case .deleteMessage(let member, let message): try deleteMessage(message, by: member)
        case .kick(let member, let target, let minutes, let reason):
            try kick(target, by: member, minutes: minutes, reason: reason, at: now)
        case .mute(let member, let target, let seconds): try mute(target, by: member, seconds: seconds, at: now)
        case .setRole(let member, let target, let role): try setRole(role, of: target, by: member)
        case .liftBan(let target, let user): try liftBan(target, for: user, at: now)
        case .change(let settings):
            guard settings != state.settings else { break }
            state.settings = settings
            record(.roomChanged(state))
        case .tick: tick(at: now)
        }
        return nil
    }

    /// Removes the recorded events and returns them.
    public mutating func takeEvents() -> [(sequence: Int64, event: RoomEvent)] {
        defer { events = [] }
        return events
    }

    /// Performs everything that is due.
    private mutating func tick(at now: Int64) {
        for member in state.queue {
            guard let since = member.awaySince, now - since >= RoomLimits.away else { continue }
            remove(member.id, .gone, at: now)
        }
        for member in state.queue where member.mutedUntil.map({ $0 <= now }) == true {
            update(member.id) { $0.mutedUntil = nil }
        }
        replaceHost(at: now)
        advancePlayback(at: now)
    }

    /// When a tick is next due, in milliseconds since 1970; `nil` if nothing becomes due by time alone.
    public var nextDeadline: Int64? {
        var times: [Int64] = []
        for member in state.members.values {
            if let since = member.awaySince { times.append(since + RoomLimits.away) }
            if let until = member.mutedUntil { times.append(until) }
        }
        if let since = state.hostAbsentSince, !hostCandidates.isEmpty { times.append(since + RoomLimits.hostAway) }
        return (times + playbackDeadlines).min()
    }

    // MARK: - For the extensions that apply commands

    /// Appends an event and gives it the next sequence number.
    mutating func record(_ event: RoomEvent) {
        state.sequence += 1
        events.append((state.sequence, event))
        chat.append(event.chatChange, sequence: state.sequence)
    }

    /// Changes a member; records an event if `tells` and something changed.
    mutating func update(_ id: String, tells: Bool = true, _ body: (inout Member) -> Void) {
        guard var member = state.members[id] else { return }
        body(&member)
        guard member != state.members[id] else { return }
        state.members[id] = member
        if tells { record(.updated(member)) }
    }

    /// Changes the state without recording an event.
    mutating func withState(_ body: (inout RoomState) -> Void) { body(&state) }

    /// The member with an id.
    /// - Throws: ``RoomFault/memberNotFound``.
    func member(_ id: String) throws(RoomFault) -> Member {
        guard let member = state.members[id] else { throw .memberNotFound }
        return member
    }
}
