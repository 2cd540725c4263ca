internal import Ground
internal import MediaModel
public import SQL

/// The rows of jobs and their tasks, which are the truth about all work; Redis only has the names of tasks.
///
/// Every function is one step inside a transaction of the caller, who can join it with changes of other tables. Rows are
/// changed in a fixed order, tasks before their job, so that two transactions seldom wait for each other. If they do
/// (a job is cancelled while its video is deleted), the database ends one of them and the caller runs it again.
public enum JobStore {
    /// Adds a job with its first tasks. Hand them out with ``Dispatcher/wake(job:)`` after the commit.
    /// - Parameter tenant: Whose window of the pool its tasks use: the owner of the video.
    /// - Throws: ``SQLFailure``.
    public static func createJob(
        video: String, generation: Int, kind: JobKind = .process, tenant: String, tasks: [NewTask], at time: Int64,
        in connection: any SQLConnection
    ) throws -> JobRecord {
        let values: [SQLValue] = [
            .text(Identifier.make(prefix: "job_", at: time)), .text(video), SQLValue(generation), SQLValue(kind),
            SQLValue(JobState.queued), .text(tenant), .integer(time),
        ]
        let rows = try connection.query(
            """
            INSERT INTO jobs (id, video_id, generation, kind, state, share, created_at)
            VALUES (\(values.placeholders)) RETURNING \(JobRecord.columns)
            """, values)
        guard let row = rows.first else { throw SQLFailure(.other, "A job row was not stored.") }
        let job = try JobRecord(row)
        try addTasks(tasks, to: job.id, at: time, in: connection)
        return job
    }

    /// Adds tasks at the end of a job. Hand them out with ``Dispatcher/wake(job:)`` after the commit.
    /// - Returns: Their names, in order.
    /// - Throws: ``SQLFailure``.
    @discardableResult
    public static func addTasks(
        _ tasks: [NewTask], to job: String, at time: Int64, in connection: any SQLConnection
    ) throws -> [String] {
        guard !tasks.isEmpty else { return [] }
        // Without the lock, two transactions that add tasks would use the same ordinals.
        guard try lock(job: job, in: connection) else {
            throw SQLFailure(.constraint(.foreignKey), "There is no job “\(job)”.")
        }
        let next = try connection.query(
            "SELECT COALESCE(MAX(ordinal) + 1, 0) AS ordinal FROM tasks WHERE job_id = $1", [.text(job)]
        ).first?.int("ordinal")
        var names: [String] = []
        for (offset, task) in tasks.enumerated() {
            let name = Identifier.make(prefix: "tsk_", at: time)
            let values: [SQLValue] = [
                .text(name), SQLValue((next ?? 0) + offset), try .json(task.item), .text(task.item.kind),
                SQLValue(task.lane), SQLValue(TaskState.queued), SQLValue(task.maxAttempts), .integer(time),
                SQLValue(task.weight),
            ]
            let count = try connection.execute(
                """
                INSERT INTO tasks (id, ordinal, spec, kind, lane, state, max_attempts, created_at, weight,
                    job_id, video_id, generation, share)
                SELECT \(values.placeholders), id, video_id, generation, share
                FROM jobs WHERE id = $\(values.count + 1)
                """, values + [.text(job)])
            guard count == 1 else { throw SQLFailure(.constraint(.foreignKey), "There is no job “\(job)”.") }
            names.append(name)
        }
        return names
    }

    /// Stores a task's part of the work of its kind.
    static func setWeight(_ weight: Int, of task: String, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE tasks SET weight = $2 WHERE id = $1", [.text(task), SQLValue(weight)])
    }

    /// Divides a task that no worker holds: it keeps one part of its work, in the urgent lane, and new tasks get the rest.
    /// - Parameters:
    ///   - item: The work that the task has as far as the caller knows.
    ///   - demanded: The part that it keeps, for which a viewer waits.
    ///   - rest: The rest of the work.
    /// - Returns: Whether it was divided; `false` if a worker holds it, it has ended, or it has other work by now.
    static func divide(
        task id: String, having item: WorkItem, into demanded: WorkItem, and rest: [NewTask], at time: Int64,
        in connection: any SQLConnection
    ) throws -> Bool {
        // An update and not a select: it locks the row, so that two divisions do not both see the whole work.
        let isFree = try connection.execute(
            "UPDATE tasks SET lane = lane WHERE id = $1 AND \(TaskEvent.dispatch.condition)", [.text(id)])
        guard isFree == 1, let record = try task(id, in: connection), record.item == item else { return false }
        try connection.execute(
            "UPDATE tasks SET spec = $2, weight = $3 WHERE id = $1",
            [.text(id), try .json(demanded), SQLValue(NewTask(demanded).weight)])
        _ = try DispatchStore.raise(task: id, at: time, in: connection)
        try addTasks(rest, to: record.jobID, at: time, in: connection)
        return true
    }

    /// Locks the row of a job until the commit, so that no other transaction changes it, adds tasks to it or ends it.
    /// - Returns: Whether there is such a job.
    @discardableResult
    static func lock(job: String, in connection: any SQLConnection) throws -> Bool {
        // An update and not `SELECT … FOR UPDATE`, which SQLite does not know.
        try connection.execute("UPDATE jobs SET state = state WHERE id = $1", [.text(job)]) == 1
    }

    // MARK: Look-ups

    /// The job of this name.
    public static func job(_ id: String, in connection: any SQLConnection) throws -> JobRecord? {
        try connection.query("SELECT \(JobRecord.columns) FROM jobs WHERE id = $1", [.text(id)]).first
            .map(JobRecord.init)
    }

    /// The task of this name.
    public static func task(_ id: String, in connection: any SQLConnection) throws -> TaskRecord? {
        try connection.query("SELECT \(TaskRecord.columns) FROM tasks WHERE id = $1", [.text(id)]).first
            .map(TaskRecord.init)
    }

    /// The tasks of a job, in order.
    public static func tasks(job: String, in connection: any SQLConnection) throws -> [TaskRecord] {
        try connection.query(
            "SELECT \(TaskRecord.columns) FROM tasks WHERE job_id = $1 ORDER BY ordinal", [.text(job)]
        ).map(TaskRecord.init)
    }

    /// The unfinished tasks of a generation, in order: one of them makes a segment that is still missing.
    public static func unfinishedTasks(
        video: String, generation: Int, in connection: any SQLConnection
    ) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks
            WHERE video_id = $1 AND generation = $2 AND \(TaskState.unfinished) ORDER BY ordinal
            """, [.text(video), SQLValue(generation)]
        ).map(TaskRecord.init)
    }

    /// Whether a video has an unfinished job.
    /// - Parameter generation: Only jobs that make this generation; `nil` for any.
    public static func hasUnfinishedJob(
        video: String, generation: Int? = nil, in connection: any SQLConnection
    ) throws -> Bool {
        let (condition, values) =
            if let generation { ("AND generation = $2", [SQLValue(generation)]) } else { ("", [SQLValue]()) }
        return try !connection.query(
            "SELECT id FROM jobs WHERE video_id = $1 AND \(JobState.unfinished) \(condition) LIMIT 1",
            [.text(video)] + values
        ).isEmpty
    }

    /// Tasks that failed for good, the latest first.
    public static func deadTasks(limit: Int, in connection: any SQLConnection) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks WHERE state = \(TaskState.dead.sql)
            ORDER BY finished_at DESC, id DESC LIMIT $1
            """, [SQLValue(limit)]
        ).map(TaskRecord.init)
    }

    /// Whether all tasks of a job but this one are done and none of them is of the kind that follows the last. Inside
    /// ``TaskOutcome/finish`` the answer holds until the commit, because the row of the job is locked.
    ///
    /// The cost does not grow with the number of tasks as long as one of them is unfinished.
    public static func isLast(
        _ task: TaskRecord, before kind: String, in connection: any SQLConnection
    ) throws -> Bool {
        let isUnfinished = try connection.query(
            "SELECT 1 AS one FROM tasks WHERE job_id = $1 AND finished_at IS NULL AND id <> $2 LIMIT 1",
            [.text(task.jobID), .text(task.id)])
        guard isUnfinished.isEmpty else { return false }
        return try connection.query(
            """
            SELECT 1 AS one FROM tasks
            WHERE job_id = $1 AND id <> $2 AND (state <> \(TaskState.done.sql) OR kind = $3) LIMIT 1
            """, [.text(task.jobID), .text(task.id), .text(kind)]
        ).isEmpty
    }

    // MARK: How jobs end

    /// Ends a job whose tasks have all ended; changes no other job.
    /// - Returns: Whether the job is done now.
    @discardableResult
    public static func settle(job: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.finish.assignment), finished_at = $2, error_code = NULL, error_detail = NULL
            WHERE id = $1 AND \(JobEvent.finish.condition) AND NOT EXISTS (
                SELECT 1 FROM tasks WHERE job_id = $1 AND finished_at IS NULL)
            """, [.text(job), .integer(time)]) == 1
    }

    /// Cancels the unfinished tasks of a job; workers notice with their next heartbeat. The job stays locked.
    static func cancelTasks(of job: String, at time: Int64, in connection: any SQLConnection) throws {
        let cancel = """
            UPDATE tasks SET \(TaskEvent.cancel.assignment), finished_at = $2, lease_until = NULL
            WHERE job_id = $1 AND \(TaskEvent.cancel.condition)
            """
        try connection.execute(cancel, [.text(job), .integer(time)])
        // A task that completed meanwhile may have added tasks that the statement did not see; after the lock none can.
        try lock(job: job, in: connection)
        try connection.execute(cancel, [.text(job), .integer(time)])
    }

    /// Cancels a job and its unfinished tasks; running ones end with their next heartbeat.
    /// - Returns: Whether it was unfinished.
    public static func cancel(job: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try cancelTasks(of: job, at: time, in: connection)
        return try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.cancel.assignment), finished_at = $2
            WHERE id = $1 AND \(JobEvent.cancel.condition)
            """, [.text(job), .integer(time)]) == 1
    }

    /// Queues a dead or cancelled job again with all its attempts; tasks that are done stay done.
    /// Hand it out with ``Dispatcher/wake(job:)`` after the commit.
    /// - Returns: Whether it was dead or cancelled.
    public static func retry(job: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET \(TaskEvent.reopen.assignment), attempts = 0, losses = 0, not_before = NULL,
                dispatched_at = NULL, finished_at = NULL, progress = 0, error_code = NULL, error_detail = NULL,
                exit_status = NULL, log_tail = NULL, worker = NULL
            WHERE job_id = $1 AND \(TaskEvent.reopen.condition)
            """, [.text(job)])
        return try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.reopen.assignment), finished_at = NULL, error_code = NULL, error_detail = NULL
            WHERE id = $1 AND \(JobEvent.reopen.condition)
            """, [.text(job)]) == 1
    }

    // MARK: Old jobs

    /// How many jobs ended before a time.
    public static func countEnded(before time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            "SELECT COUNT(*) AS count FROM jobs WHERE \(endedBefore)", [.integer(time)]
        ).first?.int("count") ?? 0
    }

    /// Deletes jobs that ended before a time, with their tasks; never an unfinished one.
    /// - Returns: How many; less than `limit` when there are no more.
    public static func removeEnded(before time: Int64, limit: Int, in connection: any SQLConnection) throws -> Int {
        try connection.execute(
            "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE \(endedBefore) LIMIT $2)",
            [.integer(time), SQLValue(limit)])
    }

    private static let endedBefore = "\(JobState.ended) AND finished_at IS NOT NULL AND finished_at < $1"
}
