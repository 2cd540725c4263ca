public import MediaModel
public import SQL

/// The rows about the pool itself: who works, and what an operator has told it.
///
/// Every function is one step inside a transaction of the caller.
public enum Pool {
    /// What a worker learns with each sign of life.
    struct Orders: Sendable, Hashable {
        /// Whether it is to take no more.
        var isDraining: Bool
        /// Lanes from which nobody takes.
        var paused: Set<Lane>
        /// Slots of all workers that are alive.
        var slots: Int
    }

    /// Stores that a worker is there, or still there, and tells it what it has to know.
    static func report(_ worker: WorkerRecord, at time: Int64, in connection: any SQLConnection) throws -> Orders {
        let row = try connection.query(
            """
            INSERT INTO workers (\(WorkerRecord.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)
            ON CONFLICT (name) DO UPDATE SET host = excluded.host, process = excluded.process,
                version = excluded.version, slots = excluded.slots, busy = excluded.busy, lanes = excluded.lanes,
                started_at = excluded.started_at, seen_at = excluded.seen_at
            RETURNING is_draining
            """,
            [
                .text(worker.name), .text(worker.host), SQLValue(worker.process), .text(worker.version),
                SQLValue(worker.slots), SQLValue(worker.busy), .json(worker.lanes), .integer(worker.startedAt),
                .integer(time),
            ]
        ).first
        return Orders(
            isDraining: try row?.int("is_draining") ?? 0 != 0, paused: try pausedLanes(in: connection),
            slots: try slots(at: time, in: connection))
    }

    /// Slots of all workers that are alive and take tasks.
    public static func slots(at time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            """
            SELECT CAST(COALESCE(SUM(slots), 0) AS BIGINT) AS slots FROM workers
            WHERE seen_at > $1 AND is_draining = 0
            """, [.integer(time - WorkerRecord.patience)]
        ).first?.int("slots") ?? 0
    }

    /// All workers, by name; those that went away without a word too, for an hour.
    public static func workers(in connection: any SQLConnection) throws -> [WorkerRecord] {
        try connection.query("SELECT \(WorkerRecord.columns) FROM workers ORDER BY name").map(WorkerRecord.init)
    }

    /// Takes a worker off the list, when it ends.
    static func remove(_ name: String, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM workers WHERE name = $1", [.text(name)])
    }

    /// Forgets workers that went away long ago.
    static func forget(at time: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM workers WHERE seen_at < $1", [.integer(time - WorkerRecord.memory)])
    }

    /// Tells a worker to finish what it has and take no more, or to go on.
    /// - Returns: Whether there is such a worker.
    public static func setDraining(
        _ isDraining: Bool, worker: String, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE workers SET is_draining = $2 WHERE name = $1", [.text(worker), .integer(isDraining ? 1 : 0)]) == 1
    }

    /// Stops all workers from taking tasks of some lanes; what runs goes on.
    public static func pause(_ lanes: Set<Lane>, at time: Int64, in connection: any SQLConnection) throws {
        for lane in lanes {
            try connection.execute(
                "INSERT INTO paused_lanes (lane, paused_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [SQLValue(lane), .integer(time)])
        }
    }

    /// Lets workers take tasks of some lanes again.
    public static func resume(_ lanes: Set<Lane>, in connection: any SQLConnection) throws {
        for lane in lanes { try connection.execute("DELETE FROM paused_lanes WHERE lane = $1", [SQLValue(lane)]) }
    }

    /// Lanes from which nobody takes now.
    public static func pausedLanes(in connection: any SQLConnection) throws -> Set<Lane> {
        Set(try connection.query("SELECT lane FROM paused_lanes").map { try $0.named("lane") })
    }
}
