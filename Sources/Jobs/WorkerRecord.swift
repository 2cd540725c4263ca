public import MediaModel
public import SQL

/// A worker process that takes part in the pool, as it last described itself.
public struct WorkerRecord: Sendable, Hashable, Codable {
    /// Its name; unique among running workers.
    public var name: String
    /// The machine it runs on.
    public var host: String
    /// Its process on that machine.
    public var process: Int
    /// The program's version.
    public var version: String
    /// Tasks it does at a time.
    public var slots: Int
    /// Tasks it does now.
    public var busy: Int
    /// Lanes it serves.
    public var lanes: [Lane]
    /// Whether it was told to take no more.
    public var isDraining: Bool
    /// When it was started, in milliseconds since 1970.
    public var startedAt: Int64
    /// When it last said anything, in milliseconds since 1970.
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

    static let columns = "name, host, process, version, slots, busy, lanes, is_draining, started_at, seen_at"

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

    /// Milliseconds between two signs of life.
    public static let interval: Int64 = 5_000
    /// Milliseconds of silence after which a worker counts as gone.
    public static let patience: Int64 = 30_000
    /// Milliseconds after which one that is gone is forgotten.
    static let memory: Int64 = 3_600_000

    /// Whether it has said something lately.
    public func isAlive(at time: Int64) -> Bool { time - seenAt < Self.patience }
}
