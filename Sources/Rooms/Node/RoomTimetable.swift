/// The intervals of a node's periodic work, in milliseconds.
enum RoomInterval {
    /// How often members are sent the position.
    static let sync: Int64 = 5_000
    /// How often a node compares the members of a room with its connections.
    static let sweep: Int64 = 5_000
    /// How often a node reads a room's row and video again.
    static let recheck: Int64 = 60_000
    /// How long a room without connections stays on a node: longer than the membership of a member whose connection broke.
    static let linger: Int64 = RoomLimits.away + 15_000
    /// How long a node counts as alive after its last announcement.
    static let nodeLifetime: Int64 = 15_000
    /// How often a node announces that it is alive.
    static let nodeAnnouncement: Int64 = 4_000
}

/// When a room's periodic work was last done.
struct RoomTimetable: Sendable {
    /// The periodic work that is due at a moment.
    struct Due: Sendable, Hashable {
        /// The position is to be sent to all members.
        var sync = false
        /// Members are to be compared with connections.
        var sweep = false
        /// The room's row is to be read again.
        var recheck = false
    }

    private var synced: Int64
    private var swept: Int64
    private var rechecked: Int64

    /// Creates a timetable whose intervals start now.
    init(at now: Int64) { (synced, swept, rechecked) = (now, now, now) }

    /// Returns the work that is due, and starts its intervals again.
    mutating func takeDue(at now: Int64) -> Due {
        var due = Due()
        if now - synced >= RoomInterval.sync { (due.sync, synced) = (true, now) }
        if now - swept >= RoomInterval.sweep { (due.sweep, swept) = (true, now) }
        if now - rechecked >= RoomInterval.recheck { (due.recheck, rechecked) = (true, now) }
        return due
    }

    /// When the next work is due, in milliseconds since 1970.
    var next: Int64 {
        min(synced + RoomInterval.sync, swept + RoomInterval.sweep, rechecked + RoomInterval.recheck)
    }
}

/// The pause before the next attempt at something that fails: it doubles from 200 ms up to 5 s.
struct RetryBackoff: Sendable, Hashable {
    private static let first: Int64 = 200
    private static let longest: Int64 = 5_000

    private var failures = 0
    /// The earliest moment of the next attempt, in milliseconds since 1970.
    private(set) var earliest: Int64 = 0

    /// Records a failed attempt.
    mutating func failed(at now: Int64) {
        earliest = now + min(Self.longest, Self.first << min(failures, 5))
        failures += 1
    }

    /// Records a successful attempt, which resets the pause.
    mutating func succeeded() { (failures, earliest) = (0, 0) }
}
