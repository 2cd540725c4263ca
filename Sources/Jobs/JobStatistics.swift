internal import MediaModel
public import SQL

/// The pool in numbers.
public struct JobStatistics: Sendable, Hashable, Codable {
    /// Tasks of a lane that wait.
    public struct LaneDepth: Sendable, Hashable, Codable {
        /// The lane's name.
        public var lane: String
        /// Tasks that are queued or wait for another attempt.
        public var waiting: Int
        /// Those of them that are handed out.
        public var handedOut: Int
        /// Milliseconds that the oldest one has waited.
        public var oldest: Int64
    }

    /// How long tasks of a kind took, of those that ended within the span, in milliseconds.
    public struct Duration: Sendable, Hashable, Codable {
        /// The kind.
        public var kind: String
        /// Tasks that were done.
        public var done: Int
        /// Half of them waited at most so long for their last start.
        public var waitMedian: Int64
        /// 95 of 100 waited at most so long.
        public var wait95: Int64
        /// Half of them ran at most so long.
        public var runMedian: Int64
        /// 95 of 100 ran at most so long.
        public var run95: Int64
    }

    /// Jobs in each state.
    public var jobs: [String: Int]
    /// Tasks in each state, by kind.
    public var tasks: [String: [String: Int]]
    /// What waits, by lane.
    public var lanes: [LaneDepth]
    /// What was done within the span, by kind.
    public var durations: [Duration]
    /// The span that `durations` are of, in milliseconds.
    public var span: Int64

    /// Counts.
    /// - Parameter span: Milliseconds before `now` within which a task must have ended to be timed.
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
        for row in try connection.query(
            """
            SELECT lane, COUNT(*) AS waiting, COUNT(dispatched_at) AS handed_out, MIN(created_at) AS oldest
            FROM tasks WHERE state IN ('queued', 'retrying') GROUP BY lane
            """)
        {
            let lane = try row.text("lane")
            depths[lane] = LaneDepth(
                lane: lane, waiting: try row.int("waiting"), handedOut: try row.int("handed_out"),
                oldest: max(0, now - (try row.integer("oldest"))))
        }
        lanes = Lane.allCases.map { lane in
            depths[lane.rawValue] ?? LaneDepth(lane: lane.rawValue, waiting: 0, handedOut: 0, oldest: 0)
        }
        durations = try Self.durations(since: now - span, in: connection)
    }

    private static func durations(since: Int64, in connection: any SQLConnection) throws -> [Duration] {
        // Nearest rank: the smallest value that at least so many of a hundred do not exceed.
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
                    FROM tasks WHERE state = 'done' AND finished_at >= $1 AND started_at IS NOT NULL) ended) ranked
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
