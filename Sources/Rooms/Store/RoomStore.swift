/// A room as it is kept for all nodes.
public struct StoredRoom: Sendable {
    /// Rises with each change.
    public var version: Int64
    /// How things are.
    public var state: RoomState
    /// The last events.
    public var history: EventHistory

    /// A room.
    public init(version: Int64, state: RoomState, history: EventHistory = EventHistory()) {
        self.version = version
        self.state = state
        self.history = history
    }
}

/// What a change of a room is written as.
public struct RoomChange: Sendable {
    /// The room as it was when the change was worked out.
    public var base: Int64
    /// How things are afterwards.
    public var state: RoomState
    /// Whether more than the number of the last event has changed.
    public var isStateNew: Bool
    /// The new events.
    public var events: [StoredEvent]
    /// All events that are known: written where the store has lost the room.
    public var history: EventHistory
}

/// What became of a change.
public enum CommitOutcome: Sendable, Hashable {
    /// It was written.
    case written
    /// The room has been changed since; nothing was written.
    case conflict
    /// The store does not know the room; nothing was written.
    case missing
}

/// What nodes tell one another of a room.
public enum RoomNotice: Sendable {
    /// Another node has changed it: what is new.
    case changed(RoomDelta)
    /// A frame for all members that is not kept.
    case passing([UInt8])
    /// Its owner has changed or removed it.
    case reconsider
    /// Notices may have been lost.
    case gap
}

/// What a node learns of another node's change.
public struct RoomDelta: Sendable {
    /// The room's version from then on.
    public var version: Int64
    /// The number of the last event.
    public var sequence: Int64
    /// How things are; `nil` if nothing but events is new.
    public var state: RoomState?
    /// The new events.
    public var events: [StoredEvent]
}

/// Where rooms are kept for all nodes. A change is written only on top of what it was worked out from.
public protocol RoomStore: Sendable {
    /// A room; `nil` if it is not known.
    func load(_ room: String) async throws -> StoredRoom?
    /// Writes a change if the room is as it was.
    func commit(_ change: RoomChange) async throws -> CommitOutcome
    /// Writes a room with all its events where the store does not know it, or knows an older state of it.
    /// - Parameter version: What the store knows; `nil` if nothing.
    /// - Returns: `false` if that is not so any more.
    func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool
    /// Keeps a room that is in use although nothing about it changes; does nothing if it is not known.
    func keep(_ room: String) async throws
    /// Forgets a room.
    func remove(_ room: String) async throws
    /// Sends a frame to all members that is not kept.
    func pass(_ frame: [UInt8], room: String) async throws
    /// Tells nodes that a room's owner has changed or removed it.
    func announceChange(of room: String) async throws
    /// Notices of others from now on.
    func notices(of room: String) async throws -> any AsyncSequence<RoomNotice, Never> & Sendable
    /// How many are in each room, and what it does; `nil` for a room that is not known.
    func summaries(of rooms: [String]) async throws -> [RoomSummary?]
    /// Says that a node lives, for `lifetime` milliseconds.
    func announce(node: String, lifetime: Int64) async throws
    /// Those of some nodes that are not known to live.
    func lostNodes(of nodes: Set<String>) async throws -> Set<String>
    /// The store's own time, in milliseconds since 1970.
    func time() async throws -> Int64
}

/// A room in a list.
public struct RoomSummary: Sendable, Hashable {
    /// Members who are there.
    public var members: Int
    /// What it does.
    public var phase: Phase
    /// What it plays.
    public var videoID: String

    /// A room in a list.
    public init(members: Int, phase: Phase, videoID: String) {
        self.members = members
        self.phase = phase
        self.videoID = videoID
    }
}
