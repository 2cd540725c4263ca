internal import MediaModel
public import SQL

extension JobStore {
    /// What became of a task whose attempt failed.
    public enum Failing: Sendable, Hashable {
        /// It is tried again at this time, in milliseconds since 1970.
        case retrying(at: Int64)
        /// It and its job are dead.
        case dead
        /// The claim no longer held it; nothing was changed.
        case lost
    }

    /// Marks a task as done. The results of the task belong in the same transaction, then ``settle(job:at:in:)``.
    /// - Returns: Whether the claim still held it; if not, the results must not be stored.
    public static func complete(
        task: String, epoch: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        let row = try connection.query(
            """
            UPDATE tasks SET state = 'done', progress = 1, finished_at = $3, lease_until = NULL, error_code = NULL,
                error_detail = NULL, exit_status = NULL, log_tail = NULL
            WHERE id = $1 AND epoch = $2 AND state = 'running' RETURNING job_id
            """, [.text(task), SQLValue(epoch), .integer(time)]
        ).first
        guard let row else { return false }
        // Locks the job: two last tasks that finish at once would each see the other as unfinished.
        try lock(job: try row.text("job_id"), in: connection)
        return true
    }

    /// Whether all tasks of a job but this one are done, and none of them is of the kind that follows the last. Inside
    /// ``TaskOutcome/finish`` the answer holds until the commit, because the job's row is locked.
    ///
    /// Costs the same however many tasks there are, as long as one of them is unfinished, and reads none of them.
    public static func isLast(_ task: TaskRecord, before kind: String, in connection: any SQLConnection) throws -> Bool
    {
        let isUnfinished = try connection.query(
            "SELECT 1 AS one FROM tasks WHERE job_id = $1 AND finished_at IS NULL AND id <> $2 LIMIT 1",
            [.text(task.jobID), .text(task.id)])
        guard isUnfinished.isEmpty else { return false }
        return try connection.query(
            "SELECT 1 AS one FROM tasks WHERE job_id = $1 AND id <> $2 AND (state <> 'done' OR kind = $3) LIMIT 1",
            [.text(task.jobID), .text(task.id), .text(kind)]
        ).isEmpty
    }

    /// Ends a job whose tasks are all finished; does nothing to any other.
    /// - Returns: Whether the job is done now.
    @discardableResult
    public static func settle(job: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE jobs SET state = 'done', finished_at = $2, error_code = NULL, error_detail = NULL
            WHERE id = $1 AND state IN ('queued', 'running', 'retrying') AND NOT EXISTS (
                SELECT 1 FROM tasks WHERE job_id = $1 AND finished_at IS NULL)
            """, [.text(job), .integer(time)]) == 1
    }

    /// Stores a failed attempt: the task is tried again after the policy's wait, or is dead with its job.
    public static func fail(
        _ task: ClaimedTask, _ failure: TaskFailure, policy: RetryPolicy, at time: Int64,
        in connection: any SQLConnection
    ) throws -> Failing {
        var random = SystemRandomNumberGenerator()
        if !failure.countsAsAttempt, time - task.record.createdAt < policy.surroundingsPatience {
            var uncounted = task.record
            uncounted.attempts -= 1
            let due = time + policy.delay(afterFaultsOfSurroundings: task.epoch, random: &random)
            return try retry(uncounted, failure, due: due, in: connection)
        }
        guard failure.isRetryable, task.record.attempts < task.record.maxAttempts else {
            return try die(task.record, failure, at: time, in: connection)
        }
        let due = time + policy.delay(afterAttempts: task.record.attempts, random: &random)
        return try retry(task.record, failure, due: due, in: connection)
    }

    /// Stores that a worker has let its lease run out.
    ///
    /// The worker's death is rarely the task's fault, so the attempt does not count; but a task that has outlived twice
    /// its attempts in workers is what kills them, and dies. Claims that were handed back, or failed because the store
    /// was away, say nothing about it.
    public static func loseLease(
        _ task: TaskRecord, at time: Int64, in connection: any SQLConnection
    ) throws -> Failing {
        let failure = TaskFailure(
            .leaseExpired, "Worker \(task.worker ?? "?") went silent during attempt \(task.attempts).")
        guard task.losses + 1 < 2 * task.maxAttempts else { return try die(task, failure, at: time, in: connection) }
        var uncounted = task
        uncounted.attempts -= 1
        uncounted.losses += 1
        return try retry(uncounted, failure, due: time, in: connection)
    }

    private static func retry(
        _ task: TaskRecord, _ failure: TaskFailure, due: Int64, in connection: any SQLConnection
    ) throws -> Failing {
        let count = try connection.execute(
            """
            UPDATE tasks SET state = 'retrying', not_before = $3, attempts = $4, lease_until = NULL,
                dispatched_at = NULL, error_code = $5, error_detail = $6, exit_status = $7, log_tail = $8,
                losses = $9
            WHERE id = $1 AND epoch = $2 AND state = 'running'
            """,
            [.text(task.id), SQLValue(task.epoch), .integer(due), SQLValue(task.attempts)] + columns(of: failure)
                + [SQLValue(task.losses)])
        guard count == 1 else { return .lost }
        // Whoever has just claimed another task of the job is waited for and then seen.
        try lock(job: task.jobID, in: connection)
        try connection.execute(
            """
            UPDATE jobs SET state = 'retrying' WHERE id = $1 AND state = 'running'
                AND NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = $1 AND state = 'running')
            """, [.text(task.jobID)])
        return .retrying(at: due)
    }

    private static func die(
        _ task: TaskRecord, _ failure: TaskFailure, at time: Int64, in connection: any SQLConnection
    ) throws -> Failing {
        let count = try connection.execute(
            """
            UPDATE tasks SET state = 'dead', finished_at = $3, lease_until = NULL,
                error_code = $4, error_detail = $5, exit_status = $6, log_tail = $7
            WHERE id = $1 AND epoch = $2 AND state = 'running'
            """, [.text(task.id), SQLValue(task.epoch), .integer(time)] + columns(of: failure))
        guard count == 1 else { return .lost }
        try cancelTasks(of: task.jobID, at: time, in: connection)
        try connection.execute(
            """
            UPDATE jobs SET state = 'dead', finished_at = $2, error_code = $3, error_detail = $4
            WHERE id = $1 AND state IN ('queued', 'running', 'retrying')
            """,
            [.text(task.jobID), .integer(time)] + columns(of: failure).prefix(2))
        return .dead
    }

    private static func columns(of failure: TaskFailure) -> [SQLValue] {
        // A child's words may hold anything; a NUL cannot be stored.
        [
            SQLValue(failure.code), .text(failure.detail.replacing("\0", with: "")), SQLValue(failure.exitStatus),
            SQLValue(failure.logTail?.replacing("\0", with: "")),
        ]
    }

    /// Cancels the unfinished tasks of a job; workers notice with their next heartbeat. The job stays locked.
    static func cancelTasks(of job: String, at time: Int64, in connection: any SQLConnection) throws {
        let cancel = """
            UPDATE tasks SET state = 'cancelled', finished_at = $2, lease_until = NULL
            WHERE job_id = $1 AND state IN ('queued', 'running', 'retrying')
            """
        try connection.execute(cancel, [.text(job), .integer(time)])
        // A task that was just ending may have added others, which the statement did not see; none can come after this.
        try lock(job: job, in: connection)
        try connection.execute(cancel, [.text(job), .integer(time)])
    }
}
