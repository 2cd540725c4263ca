/// A room as the store has it.
public struct StoredRoom: Sendable {
    /// The version; each change increments it.
    public var version: Int64
    /// The state.
    public var state: RoomState
    /// The recent events.
    public var history: EventHistory

    /// Creates a stored room.
    public init(version: Int64, state: RoomState, history: EventHistory = EventHistory()) {
        self.version = version
        self.state = state
        self.history = history
    }
}

/// A change of a room, to be written on top of the version from which it was computed.
public struct RoomChange: Sendable {
    /// The version from which the change was computed; 0 if the store had no room.
    public var base: Int64
    /// The state after the change.
    public var state: RoomState
    /// Whether more than the last sequence number has changed.
    public var isStateNew: Bool
    /// The new events.
    public var events: [StoredEvent]
    /// All recent events, which are written if the store has lost the room.
    public var history: EventHistory
    /// The version that the whole room replaces, 0 if the store must have none; `nil` for a change on top of ``base``.
    var replaced: Int64?
}

/// The outcome of writing a change.
public enum CommitOutcome: Sendable, Hashable {
    /// The change was written.
    case written
    /// The store has another version; nothing was written.
    case conflict
    /// The store has no such room; nothing was written.
    case missing
}

/// A notice between nodes about a room.
public enum RoomNotice: Sendable {
    /// Another node changed the room.
    case changed(RoomDelta)
    /// A frame for all members that is not stored.
    case ephemeral([UInt8])
    /// The owner changed or deleted the room's row.
    case rowChanged
    /// Earlier notices may have been lost.
    case gap
}

/// A change by another node.
public struct RoomDelta: Sendable {
    /// The version after the change.
    public var version: Int64
    /// The last sequence number after the change.
    public var sequence: Int64
    /// The state after the change; `nil` if only events were added.
    public var state: RoomState?
    /// The new events.
    public var events: [StoredEvent]
}

/// The store that all nodes share. It writes a change only on top of the version from which it was computed.
public protocol RoomStore: Sendable {
    /// Loads a room; `nil` if there is none.
    func load(_ room: String) async throws -> StoredRoom?
    /// Writes a change if the store has the version on which it is based.
    func commit(_ change: RoomChange) async throws -> CommitOutcome
    /// Writes a room with all its events over a missing or older one.
    /// - Parameter version: The version that the store is expected to have; `nil` for no room.
    /// - Returns: `false` if the store has another version; nothing is written then.
    func restore(_ change: RoomChange, over version: Int64?) async throws -> Bool
    /// Renews the lifetime of a room that is in use; does nothing if there is none.
    func renew(_ room: String) async throws
    /// Deletes a room.
    func remove(_ room: String) async throws
    /// Sends a frame to the members on all nodes without storing it.
    func broadcast(_ frame: [UInt8], room: String) async throws
    /// Tells all nodes that the owner changed or deleted a room's row.
    func announceChange(of room: String) async throws
    /// The notices of other nodes from the return on.
    func notices(of room: String) async throws -> any AsyncSequence<RoomNotice, Never> & Sendable
    /// The summaries of rooms, in order; `nil` for a room that is not in the store.
    func summaries(of rooms: [String]) async throws -> [RoomSummary?]
    /// Announces that a node is alive, for `lifetime` milliseconds.
    func announce(node: String, lifetime: Int64) async throws
    /// The nodes among `nodes` whose announcement has expired.
    func lostNodes(of nodes: Set<String>) async throws -> Set<String>
    /// The store's time, in milliseconds since 1970.
    func time() async throws -> Int64
}

/// What a list shows of a room.
public struct RoomSummary: Sendable, Hashable {
    /// The number of connected members.
    public var members: Int
    /// The phase of its playback.
    public var phase: Phase
    /// The video that it plays.
    public var videoID: String

    /// Creates a summary.
    public init(members: Int, phase: Phase, videoID: String) {
        self.members = members
        self.phase = phase
        self.videoID = videoID
    }
}
