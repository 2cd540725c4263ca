/// A room as a state machine: commands and the time go in, a new state and ordered events come out.
///
/// Holds no sockets and reads no clock. The same commands at the same times give the same room on every node.
public struct Room: Sendable {
    /// How things are.
    public private(set) var state: RoomState
    /// What happened since the events were last taken, each with its number.
    public private(set) var events: [(sequence: Int64, event: RoomEvent)] = []

    /// A room in a state.
    public init(_ state: RoomState) {
        self.state = state
    }

    /// Carries a command out.
    /// - Parameters:
    ///   - command: What happens.
    ///   - now: Milliseconds since 1970.
    /// - Throws: ``RoomFault``; the room has not changed then.
    /// - Returns: What the command made, for its sender: the id of a message.
    @discardableResult
    public mutating func apply(_ command: RoomCommand, at now: Int64) throws(RoomFault) -> String? {
        switch command {
        case .join(let newcomer): try join(newcomer, at: now)
        case .resume(let member, let seat): try resume(member, seat, at: now)
        case .lost(let member, let connection): lose(member, connection, at: now)
        case .nodesLost(let nodes): lose(nodes, at: now)
        case .leave(let member): remove(member, .left, at: now)
        case .control(let member, let control, let base): try steer(control, by: member, base: base, at: now)
        case .ready(let member, let revision, let roundTrip):
            try markReady(member, revision: revision, roundTrip: roundTrip, at: now)
        case .buffering(let member, let isBuffering, let position):
            try noteBuffering(member, isBuffering, position: position, at: now)
        case .chat(let member, let text, let commandID):
            return try say(text, by: member, commandID: commandID, at: now)
        case .deleteMessage(let member, let message): try delete(message, by: member)
        case .kick(let member, let target, let minutes, let words):
            try kick(target, by: member, minutes: minutes, words: words, at: now)
        case .mute(let member, let target, let seconds): try mute(target, by: member, seconds: seconds, at: now)
        case .setRole(let member, let target, let role): try setRole(role, of: target, by: member)
        case .liftBan(let member, let user): try liftBan(member, for: user, at: now)
        case .change(let settings): change(settings)
        case .tick: tick(at: now)
        }
        return nil
    }

    /// Takes the events out.
    public mutating func takeEvents() -> [(sequence: Int64, event: RoomEvent)] {
        defer { events = [] }
        return events
    }

    mutating func note(_ event: RoomEvent) {
        state.sequence += 1
        events.append((state.sequence, event))
    }

    /// Changes a member, and tells everybody if `tells`.
    mutating func update(_ id: String, tells: Bool = true, _ body: (inout Member) -> Void) {
        guard var member = state.members[id] else { return }
        body(&member)
        guard member != state.members[id] else { return }
        state.members[id] = member
        if tells { note(.updated(member)) }
    }

    mutating func withState(_ body: (inout RoomState) -> Void) { body(&state) }

    /// A member who is there.
    func member(_ id: String) throws(RoomFault) -> Member {
        guard let member = state.members[id] else { throw .memberNotFound }
        return member
    }

    private mutating func change(_ settings: RoomSettings) {
        guard settings != state.settings else { return }
        state.settings = settings
        note(.settings(settings))
    }
}
