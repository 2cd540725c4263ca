internal import MediaModel
public import SQL

/// Counts and times of the jobs and tasks in SQL.
public struct JobStatistics: Sendable, Hashable, Codable {
    /// The waiting tasks of a lane.
    public struct LaneDepth: Sendable, Hashable, Codable {
        /// The lane's name.
        public var lane: String
        /// How many are queued or wait for another attempt.
        public var waiting: Int
        /// How many of them are handed out.
        public var handedOut: Int
        /// The age of the oldest one in milliseconds.
        public var oldest: Int64
        /// Whether an operator has paused the lane.
        public var isPaused: Bool
    }

    /// How long the tasks of a kind that were completed within the span waited and ran, in milliseconds.
    public struct Duration: Sendable, Hashable, Codable {
        /// The kind.
        public var kind: String
        /// How many were completed.
        public var done: Int
        /// The median wait for the last start.
        public var waitMedian: Int64
        /// The 95th percentile of the wait.
        public var wait95: Int64
        /// The median run time.
        public var runMedian: Int64
        /// The 95th percentile of the run time.
        public var run95: Int64
    }

    /// The number of jobs in each state.
    public var jobs: [String: Int]
    /// The number of tasks in each state, by kind.
    public var tasks: [String: [String: Int]]
    /// The waiting tasks of each lane.
    public var lanes: [LaneDepth]
    /// The times of the tasks that were completed within the span, by kind.
    public var durations: [Duration]
    /// The span of `durations` in milliseconds.
    public var span: Int64

    /// Reads the statistics.
    /// - Parameter span: Milliseconds before `now` within which a task must have ended to count in `durations`.
    public init(at now: Int64, span: Int64 = 3_600_000, in connection: any SQLConnection) throws {
        self.span = span
        jobs = [:]
        tasks = [:]
        for row in try connection.query("SELECT state, COUNT(*) AS count FROM jobs GROUP BY state") {
            jobs[try row.text("state")] = try row.int("count")
        }
        for row in try connection.query("SELECT kind, state, COUNT(*) AS count FROM tasks GROUP BY kind, state") {
            tasks[try row.text("kind"), default: [:]][try row.text("state")] = try row.int("count")
        }
        var depths: [String: LaneDepth] = [:]
        let paused = try Pool.pausedLanes(in: connection)
        for row in try connection.query(
            """
            SELECT lane, COUNT(*) AS waiting, COUNT(dispatched_at) AS handed_out, MIN(created_at) AS oldest
            FROM tasks WHERE \(TaskEvent.dispatch.condition) GROUP BY lane
            """)
        {
            let lane: Lane = try row.named("lane")
            depths[lane.rawValue] = LaneDepth(
                lane: lane.rawValue, waiting: try row.int("waiting"), handedOut: try row.int("handed_out"),
                oldest: max(0, now - (try row.integer("oldest"))), isPaused: paused.contains(lane))
        }
        lanes = Lane.allCases.map { lane in
            depths[lane.rawValue]
                ?? LaneDepth(
                    lane: lane.rawValue, waiting: 0, handedOut: 0, oldest: 0, isPaused: paused.contains(lane))
        }
        durations = try Self.durations(since: now - span, in: connection)
    }

    private static func durations(since: Int64, in connection: any SQLConnection) throws -> [Duration] {
        // Nearest rank: the smallest value that at least 50 or 95 percent of the values do not exceed.
        try connection.query(
            """
            SELECT kind, total, MAX(CASE WHEN by_wait = (total * 50 + 99) / 100 THEN wait END) AS wait50,
                MAX(CASE WHEN by_wait = (total * 95 + 99) / 100 THEN wait END) AS wait95,
                MAX(CASE WHEN by_run = (total * 50 + 99) / 100 THEN run END) AS run50,
                MAX(CASE WHEN by_run = (total * 95 + 99) / 100 THEN run END) AS run95
            FROM (SELECT kind, wait, run, COUNT(*) OVER (PARTITION BY kind) AS total,
                    ROW_NUMBER() OVER (PARTITION BY kind ORDER BY wait) AS by_wait,
                    ROW_NUMBER() OVER (PARTITION BY kind ORDER BY run) AS by_run
                FROM (SELECT kind, started_at - created_at AS wait, finished_at - started_at AS run
                    FROM tasks WHERE state = \(TaskState.done.sql) AND finished_at >= $1 AND started_at IS NOT NULL) ended) ranked
            GROUP BY kind, total ORDER BY kind
            """, [.integer(since)]
        ).map { row in
            Duration(
                kind: try row.text("kind"), done: try row.int("total"), waitMedian: try row.integer("wait50"),
                wait95: try row.integer("wait95"), runMedian: try row.integer("run50"),
                run95: try row.integer("run95"))
        }
    }
}
