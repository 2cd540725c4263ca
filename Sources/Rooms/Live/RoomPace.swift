/// How often a node does things for a room, in milliseconds.
enum RoomPace {
    static let sync: Int64 = 5_000
    static let sweep: Int64 = 5_000
    static let reconsider: Int64 = 60_000
    /// A room without connections is kept for so long: longer than the place of a member whose connection broke.
    static let linger: Int64 = RoomLimits.away + 15_000
    /// A node that has not said that it lives for so long is dead.
    static let nodeLifetime: Int64 = 15_000
    static let nodeBeat: Int64 = 4_000
}

/// When to try again what fails: twice as late each time, up to a limit.
struct RetryBackoff: Sendable, Hashable {
    private static let first: Int64 = 200
    private static let longest: Int64 = 5_000

    private var failures = 0
    /// Not before this moment, in milliseconds since 1970.
    private(set) var earliest: Int64 = 0

    mutating func failed(at now: Int64) {
        earliest = now + min(Self.longest, Self.first << min(failures, 5))
        failures += 1
    }

    mutating func succeeded() { (failures, earliest) = (0, 0) }
}
