public import MediaModel
internal import SQL

extension JobStore {
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

    /// Picks the next tasks of a share so that at most `window` of its tasks are handed out and unfinished, and marks
    /// them as handed out: what is urgent first, then what belongs to the oldest job.
    static func takeForDispatch(
        share: String, window: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> [Dispatch] {
        // Two who do this at once may hand out a few more or fewer than the window; nothing rests on the exact number. No
        // task is handed out by both: the outer condition is looked at again once a row's lock has been waited for.
        let room = window - (try handedOutCount(share: share, in: connection))
        guard room > 0 else { return [] }
        return try connection.query(
            """
            UPDATE tasks SET dispatched_at = $2 WHERE dispatched_at IS NULL AND id IN (
                SELECT id FROM tasks WHERE share = $1 AND dispatched_at IS NULL
                    AND (state = 'queued' OR (state = 'retrying' AND not_before <= $2))
                ORDER BY lane DESC, job_id, ordinal LIMIT $3)
            RETURNING id, lane, job_id, ordinal
            """, [.text(share), .integer(time), SQLValue(room)]
        )
        .map { row in
            (
                try row.text("job_id"), try row.int("ordinal"),
                Dispatch(task: try row.text("id"), lane: try row.named("lane"))
            )
        }
        .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// How many tasks of a share are handed out and unfinished.
    private static func handedOutCount(share: String, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            """
            SELECT COUNT(*) AS count FROM tasks WHERE share = $1 AND finished_at IS NULL AND dispatched_at IS NOT NULL
            """, [.text(share)]
        ).first?.int("count") ?? 0
    }

    /// Whether a share has a task that could be handed out now and room in its window.
    static func hasRoom(share: String, window: Int, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        let waiting = try connection.query(
            """
            SELECT 1 AS one FROM tasks WHERE share = $1 AND dispatched_at IS NULL
                AND (state = 'queued' OR (state = 'retrying' AND not_before <= $2)) LIMIT 1
            """, [.text(share), .integer(time)])
        return try !waiting.isEmpty && handedOutCount(share: share, in: connection) < window
    }

    /// Shares with a task that could be handed out now.
    static func sharesWithWork(at time: Int64, in connection: any SQLConnection) throws -> [String] {
        try connection.query(
            """
            SELECT DISTINCT share FROM tasks WHERE dispatched_at IS NULL
                AND (state = 'queued' OR (state = 'retrying' AND not_before <= $1)) ORDER BY share
            """, [.integer(time)]
        ).map { try $0.text("share") }
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

    /// A task that somebody waits for and that can come sooner: it is not handed out, or in another lane. The wait before
    /// another attempt is cut short once, when the task becomes urgent; otherwise whoever asks again and again would use up
    /// its attempts within seconds.
    private static let canComeSooner = """
        id = $1 AND ((state = 'queued' AND (lane <> 'urgent' OR dispatched_at IS NULL))
            OR (state = 'retrying' AND (lane <> 'urgent' OR (not_before <= $2 AND dispatched_at IS NULL))))
        """

    /// Whether ``raise(task:at:in:)`` would change anything.
    static func canRaise(task: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try !connection.query(
            "SELECT 1 AS one FROM tasks WHERE \(canComeSooner)", [.text(task), .integer(time)]
        ).isEmpty
    }

    /// Puts a task that nobody runs yet in front of everything, outside its job's window.
    /// - Returns: Whether it has to be handed to Redis; `false` if it runs, is finished, or cannot come sooner.
    static func raise(task: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET lane = 'urgent', dispatched_at = $2,
                not_before = CASE WHEN state = 'retrying' THEN $2 ELSE not_before END
            WHERE \(canComeSooner)
            """, [.text(task), .integer(time)]) == 1
    }
}
