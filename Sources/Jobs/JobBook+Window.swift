public import MediaModel
internal import SQL

extension JobBook {
    /// A task on its way to Redis.
    public struct Dispatch: Sendable, Hashable {
        /// The task's name.
        public let task: String
        /// The lane it goes to.
        public let lane: Lane

        /// A task and its lane.
        public init(task: String, lane: Lane) {
            self.task = task
            self.lane = lane
        }
    }

    /// Picks the next tasks of a job so that at most `window` of its tasks are handed out and unfinished, and marks
    /// them
    /// as handed out.
    static func takeForDispatch(
        job: String, window: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> [Dispatch] {
        // Locks the job, so that two dispatchers do not fill the same window twice.
        let isActive = try connection.execute(
            "UPDATE jobs SET state = state WHERE id = $1 AND state IN ('queued', 'running', 'retrying')", [.text(job)])
        guard isActive == 1 else { return [] }
        let handedOut =
            try connection.query(
                """
                SELECT COUNT(*) AS count FROM tasks
                WHERE job_id = $1 AND dispatched_at IS NOT NULL AND state IN ('queued', 'running', 'retrying')
                """, [.text(job)]
            ).first?.int("count") ?? 0
        guard handedOut < window else { return [] }
        return try connection.query(
            """
            UPDATE tasks SET dispatched_at = $2 WHERE id IN (
                SELECT id FROM tasks WHERE job_id = $1 AND dispatched_at IS NULL
                    AND (state = 'queued' OR (state = 'retrying' AND not_before <= $2))
                ORDER BY CASE lane WHEN 'urgent' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, ordinal LIMIT $3)
            RETURNING id, lane, ordinal
            """, [.text(job), .integer(time), SQLValue(window - handedOut)]
        )
        .map { (try $0.int("ordinal"), Dispatch(task: try $0.text("id"), lane: try $0.named("lane"))) }
        .sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Whether a job has a task that could be handed out now and room in its window.
    static func hasRoom(job: String, window: Int, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        let counts = try connection.query(
            """
            SELECT COALESCE(SUM(CASE WHEN dispatched_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS busy,
                COALESCE(SUM(CASE WHEN dispatched_at IS NULL AND (state = 'queued' OR not_before <= $2)
                    THEN 1 ELSE 0 END), 0) AS waiting
            FROM tasks WHERE job_id = $1 AND state IN ('queued', 'running', 'retrying')
            """, [.text(job), .integer(time)]
        ).first
        guard let counts else { return false }
        return try counts.int("waiting") > 0 && counts.int("busy") < window
    }

    /// Jobs with a task that could be handed out now and room in their window, oldest first.
    static func jobsWithRoom(
        window: Int, at time: Int64, limit: Int, in connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT waiting.job_id AS job_id FROM tasks waiting
            WHERE waiting.dispatched_at IS NULL
                AND (waiting.state = 'queued' OR (waiting.state = 'retrying' AND waiting.not_before <= $1))
            GROUP BY waiting.job_id
            HAVING (SELECT COUNT(*) FROM tasks busy WHERE busy.job_id = waiting.job_id
                AND busy.dispatched_at IS NOT NULL AND busy.state IN ('queued', 'running', 'retrying')) < $2
            ORDER BY waiting.job_id LIMIT $3
            """, [.integer(time), SQLValue(window), SQLValue(limit)]
        ).map { try $0.text("job_id") }
    }

    /// Tasks that were handed to Redis and have not been claimed, a page at a time in the order of their names.
    static func handedOut(after cursor: String, limit: Int, in connection: any SQLConnection) throws -> [Dispatch] {
        try connection.query(
            """
            SELECT id, lane FROM tasks WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL AND id > $1
            ORDER BY id LIMIT $2
            """, [.text(cursor), SQLValue(limit)]
        ).map { Dispatch(task: try $0.text("id"), lane: try $0.named("lane")) }
    }

    /// Puts a task that nobody runs yet in front of everything, outside its job's window; a wait for another attempt
    /// ends.
    /// - Returns: Whether it has to be handed to Redis; `false` if it runs, is finished, or was urgent already.
    static func raise(task: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET lane = 'urgent', dispatched_at = $2,
                not_before = CASE WHEN state = 'retrying' THEN $2 ELSE not_before END
            WHERE id = $1 AND ((state = 'queued' AND (lane <> 'urgent' OR dispatched_at IS NULL))
                OR (state = 'retrying' AND (not_before > $2 OR dispatched_at IS NULL)))
            """, [.text(task), .integer(time)]) == 1
    }
}
