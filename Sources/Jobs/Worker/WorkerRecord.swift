public import MediaModel
public import SQL

/// A worker process of the pool, as it last reported itself.
public struct WorkerRecord: Sendable, Hashable, Codable {
    /// Its name; unique among running workers.
    public var name: String
    /// The machine it runs on.
    public var host: String
    /// Its process on that machine.
    public var process: Int
    /// The program's version.
    public var version: String
    /// How many tasks it does at a time.
    public var slots: Int
    /// How many tasks it does now.
    public var busy: Int
    /// The lanes it serves.
    public var lanes: [Lane]
    /// Whether an operator drains it: it takes no more tasks.
    public var isDraining: Bool
    /// When it was started, in milliseconds since 1970.
    public var startedAt: Int64
    /// When it last reported, in milliseconds since 1970.
    public var seenAt: Int64

    /// A worker that has just started.
    public init(
        name: String, host: String, process: Int, version: String, slots: Int, lanes: [Lane], startedAt: Int64
    ) {
        self.name = name
        self.host = host
        self.process = process
        self.version = version
        self.slots = slots
        busy = 0
        self.lanes = lanes
        isDraining = false
        self.startedAt = startedAt
        seenAt = startedAt
    }

    /// The columns that ``init(_:)`` reads, in the order of ``values()``.
    static let columns = "name, host, process, version, slots, busy, lanes, is_draining, started_at, seen_at"

    /// The values of ``columns``.
    func values() throws -> [SQLValue] {
        [
            .text(name), .text(host), SQLValue(process), .text(version), SQLValue(slots), SQLValue(busy),
            try .json(lanes), SQLValue(isDraining), .integer(startedAt), .integer(seenAt),
        ]
    }

    /// Reads a row of the workers table.
    /// - Throws: ``SQLFailure`` if a column is missing or of another type.
    public init(_ row: SQLRow) throws {
        name = try row.text("name")
        host = try row.text("host")
        process = try row.int("process")
        version = try row.text("version")
        slots = try row.int("slots")
        busy = try row.int("busy")
        lanes = try row.json("lanes")
        isDraining = try row.int("is_draining") != 0
        startedAt = try row.integer("started_at")
        seenAt = try row.integer("seen_at")
    }

    /// Milliseconds between two reports.
    public static let interval: Int64 = 5_000
    /// Milliseconds without a report after which a worker counts as gone.
    public static let patience: Int64 = 30_000
    /// Milliseconds without a report after which a worker is removed from the list.
    static let retention: Int64 = 3_600_000

    /// Whether it has reported within ``patience``.
    public func isAlive(at time: Int64) -> Bool { time - seenAt < Self.patience }
}
