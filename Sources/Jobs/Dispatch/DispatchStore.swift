public import MediaModel
internal import SQL

/// A task on its way to Redis.
public struct TaskDispatch: Sendable, Hashable {
    /// The name of the task.
    public let task: String
    /// The lane it goes to.
    public let lane: Lane

    /// A task and its lane.
    public init(task: String, lane: Lane) {
        self.task = task
        self.lane = lane
    }
}

/// The marks in SQL of which tasks are handed out to Redis.
///
/// Every function is one step inside a transaction of the caller.
enum DispatchStore {
    /// Picks the next tasks of a tenant so that at most `window` of its tasks are handed out and unfinished, and marks
    /// them as handed out: urgent ones first, then those of the oldest job.
    static func take(
        tenant: String, window: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> [TaskDispatch] {
        // Two transactions that do this at once can hand out a few more or fewer tasks than the window; nothing depends on
        // the exact number. Neither hands out a task of the other: the database evaluates the outer condition again after
        // it has waited for a row's lock.
        let free = window - (try handedOutCount(tenant: tenant, in: connection))
        guard free > 0 else { return [] }
        return try connection.query(
            """
            UPDATE tasks SET dispatched_at = $2 WHERE dispatched_at IS NULL AND id IN (
                SELECT id FROM tasks WHERE share = $1 AND \(isDue("$2")) ORDER BY lane DESC, job_id, ordinal LIMIT $3)
            RETURNING id, lane, job_id, ordinal
            """, [.text(tenant), .integer(time), SQLValue(free)]
        )
        .map { row in
            (
                try row.text("job_id"), try row.int("ordinal"),
                TaskDispatch(task: try row.text("id"), lane: try row.named("lane"))
            )
        }
        .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }

    /// Whether ``take(tenant:window:at:in:)`` would pick a task.
    static func canTake(
        tenant: String, window: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        let waiting = try connection.query(
            "SELECT 1 AS one FROM tasks WHERE share = $1 AND \(isDue("$2")) LIMIT 1", [.text(tenant), .integer(time)])
        return try !waiting.isEmpty && handedOutCount(tenant: tenant, in: connection) < window
    }

    /// Tenants with a task that is due and not handed out.
    static func waitingTenants(at time: Int64, in connection: any SQLConnection) throws -> [String] {
        try connection.query(
            "SELECT DISTINCT share FROM tasks WHERE \(isDue("$1")) ORDER BY share", [.integer(time)]
        ).map { try $0.text("share") }
    }

    /// Tasks that are handed out and not claimed, a page at a time in the order of their names.
    static func handedOut(after cursor: String, limit: Int, in connection: any SQLConnection) throws -> [TaskDispatch] {
        try connection.query(
            """
            SELECT id, lane FROM tasks
            WHERE \(TaskEvent.dispatch.condition) AND dispatched_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2
            """, [.text(cursor), SQLValue(limit)]
        ).map { TaskDispatch(task: try $0.text("id"), lane: try $0.named("lane")) }
    }

    /// Whether ``raise(task:at:in:)`` would change anything.
    static func canRaise(task: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try !connection.query(
            "SELECT 1 AS one FROM tasks WHERE \(canComeSooner)", [.text(task), .integer(time)]
        ).isEmpty
    }

    /// Moves a task to the urgent lane and marks it as handed out, outside its tenant's window.
    /// - Returns: Whether it has to be handed to Redis; `false` if it runs, has ended, or cannot come sooner.
    static func raise(task: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET lane = '\(Lane.urgent.rawValue)', dispatched_at = $2,
                not_before = CASE WHEN state = \(TaskState.retrying.sql) THEN $2 ELSE not_before END
            WHERE \(canComeSooner)
            """, [.text(task), .integer(time)]) == 1
    }

    /// Moves an urgent task that waits for its first attempt to another lane, where it waits for a place in its tenant's window. One
    /// that waits for another attempt stays urgent: ``raise(task:at:in:)`` would cut its wait short each time.
    /// - Returns: Whether it was moved; `false` if it runs, has ended, waits for another attempt, or is not urgent.
    static func lower(task: String, to lane: Lane, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET lane = $2, dispatched_at = NULL
            WHERE id = $1 AND state = \(TaskState.queued.sql) AND lane = '\(Lane.urgent.rawValue)'
            """, [.text(task), SQLValue(lane)]) == 1
    }

    /// The SQL condition of tasks that are due at a time and not handed out.
    private static func isDue(_ time: String) -> String {
        """
        dispatched_at IS NULL AND \(TaskEvent.dispatch.condition)
        AND (state <> \(TaskState.retrying.sql) OR not_before <= \(time))
        """
    }

    /// The SQL condition that task `$1` can come sooner at time `$2`: it is in another lane or not handed out.
    ///
    /// The wait before another attempt is cut short once, when the task becomes urgent. Otherwise a client that asks again
    /// and again would use up the attempts of the task within seconds.
    private static let canComeSooner = """
        id = $1 AND \(TaskEvent.dispatch.condition) AND (lane <> '\(Lane.urgent.rawValue)' OR (
            dispatched_at IS NULL AND (state <> \(TaskState.retrying.sql) OR not_before <= $2)))
        """

    private static func handedOutCount(tenant: String, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            """
            SELECT COUNT(*) AS count FROM tasks WHERE share = $1 AND finished_at IS NULL AND dispatched_at IS NOT NULL
            """, [.text(tenant)]
        ).first?.int("count") ?? 0
    }
}
