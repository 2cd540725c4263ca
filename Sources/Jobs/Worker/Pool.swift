public import MediaModel
public import SQL

/// The rows of the pool: its workers, and the directives of operators.
///
/// Every function is one step inside a transaction of the caller.
public enum Pool {
    /// What a worker fetches with each report.
    struct Directives: Sendable, Hashable {
        /// Whether the worker takes no more tasks.
        var isDraining: Bool
        /// Lanes from which no worker takes.
        var paused: Set<Lane>
        /// The number of slots of all workers that are alive.
        var slots: Int
    }

    /// Stores a worker's report and returns its directives.
    static func report(_ worker: WorkerRecord, at time: Int64, in connection: any SQLConnection) throws -> Directives {
        var worker = worker
        worker.seenAt = time
        let values = try worker.values()
        let row = try connection.query(
            """
            INSERT INTO workers (\(WorkerRecord.columns)) VALUES (\(values.placeholders))
            ON CONFLICT (name) DO UPDATE SET host = excluded.host, process = excluded.process,
                version = excluded.version, slots = excluded.slots, busy = excluded.busy, lanes = excluded.lanes,
                started_at = excluded.started_at, seen_at = excluded.seen_at
            RETURNING is_draining
            """, values
        ).first
        return Directives(
            isDraining: try row?.int("is_draining") ?? 0 != 0, paused: try pausedLanes(in: connection),
            slots: try slots(at: time, in: connection))
    }

    /// The number of slots of all workers that are alive and take tasks.
    public static func slots(at time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            """
            SELECT CAST(COALESCE(SUM(slots), 0) AS BIGINT) AS slots FROM workers
            WHERE seen_at > $1 AND is_draining = 0
            """, [.integer(time - WorkerRecord.patience)]
        ).first?.int("slots") ?? 0
    }

    /// All workers, by name; a worker that crashed stays on the list for an hour.
    public static func workers(in connection: any SQLConnection) throws -> [WorkerRecord] {
        try connection.query("SELECT \(WorkerRecord.columns) FROM workers ORDER BY name").map(WorkerRecord.init)
    }

    /// Removes a worker from the list, when it ends.
    static func remove(_ name: String, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM workers WHERE name = $1", [.text(name)])
    }

    /// Removes workers that have not reported for ``WorkerRecord/retention``.
    static func removeGone(at time: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM workers WHERE seen_at < $1", [.integer(time - WorkerRecord.retention)])
    }

    /// Directs a worker to finish its tasks and take no more, or to take tasks again.
    /// - Returns: Whether there is such a worker.
    public static func setDraining(
        _ isDraining: Bool, worker: String, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE workers SET is_draining = $2 WHERE name = $1", [.text(worker), .integer(isDraining ? 1 : 0)]) == 1
    }

    /// Stops all workers from taking tasks of some lanes; running tasks go on.
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

    /// The lanes from which no worker takes now.
    public static func pausedLanes(in connection: any SQLConnection) throws -> Set<Lane> {
        Set(try connection.query("SELECT lane FROM paused_lanes").map { try $0.named("lane") })
    }
}
