public import MediaModel
public import SQL

/// A task that a worker holds, as it was right after the claim.
public struct ClaimedTask: Sendable, Hashable {
    /// The row of the task right after the claim.
    public let record: TaskRecord

    /// `tsk_…`
    public var id: String { record.id }
    /// The job it belongs to.
    public var jobID: String { record.jobID }
    /// The video.
    public var videoID: String { record.videoID }
    /// The generation that it makes.
    public var generation: Int { record.generation }
    /// What to do.
    public var item: WorkItem { record.item }
    /// The number of this claim; results are stored only while it is the newest of the task.
    public var epoch: Int { record.epoch }
    /// Which attempt this is, counted from 1.
    public var attempt: Int { record.attempts }

    fileprivate init(_ record: TaskRecord) { self.record = record }
}

/// The leases of tasks: how a worker takes a task, keeps it, and ends it.
///
/// Every function is one step inside a transaction of the caller. All but ``claim(task:worker:leaseUntil:at:in:)`` check the
/// claim's epoch, so a worker that lost its lease changes nothing.
public enum TaskLeases {
    /// The result of a failed attempt.
    public enum Failing: Sendable, Hashable {
        /// The task is tried again at this time, in milliseconds since 1970.
        case retrying(at: Int64)
        /// The task and its job are dead.
        case dead
        /// Another claim holds the task, or it was cancelled; nothing was changed.
        case lost
    }

    /// Takes a task for a worker if it is queued, due for another attempt, or held by a worker whose lease has expired.
    ///
    /// Raises the task's epoch, so that everything that an earlier holder still does is refused.
    /// - Parameters:
    ///   - leaseUntil: When the lease expires unless it is renewed.
    ///   - time: Now, in milliseconds since 1970.
    /// - Returns: The task, or `nil` if it cannot be claimed now.
    public static func claim(
        task: String, worker: String, leaseUntil: Int64, at time: Int64, in connection: any SQLConnection
    ) throws -> ClaimedTask? {
        let running = TaskState.running.sql
        let row = try connection.query(
            """
            UPDATE tasks SET \(TaskEvent.claim.assignment), epoch = epoch + 1, worker = $2, lease_until = $3,
                started_at = $4,
                attempts = CASE WHEN state = \(running) THEN attempts ELSE attempts + 1 END,
                losses = CASE WHEN state = \(running) THEN losses + 1 ELSE losses END,
                progress = 0, not_before = NULL, dispatched_at = COALESCE(dispatched_at, $4)
            WHERE id = $1 AND \(TaskEvent.claim.condition)
                AND (state <> \(TaskState.retrying.sql) OR not_before <= $4)
                AND (state <> \(running) OR (lease_until < $4 AND losses + 1 < 2 * max_attempts))
            RETURNING \(TaskRecord.columns)
            """, [.text(task), .text(worker), .integer(leaseUntil), .integer(time)]
        ).first
        guard let row else { return nil }
        let record = try TaskRecord(row)
        try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.start.assignment), started_at = COALESCE(started_at, $2)
            WHERE id = $1 AND \(JobEvent.start.condition)
            """, [.text(record.jobID), .integer(time)])
        return ClaimedTask(record)
    }

    /// Renews a lease and stores progress.
    /// - Returns: Whether the claim still holds the task; if not, all work on it has to stop.
    public static func renew(
        task: String, epoch: Int, leaseUntil: Int64, progress: Double, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE tasks SET lease_until = $3, progress = $4 WHERE \(held(for: .renew))",
            [.text(task), SQLValue(epoch), .integer(leaseUntil), .real(progress)]) == 1
    }

    /// Locks a task for its claim until the commit, and renews the lease.
    /// - Throws: ``JobsError/leaseLost`` if the claim no longer holds the task.
    public static func hold(
        task: String, epoch: Int, leaseUntil: Int64, in connection: any SQLConnection
    ) throws {
        // An update and not a select: it locks the row, so that no other claim can come between this and the commit.
        let count = try connection.execute(
            "UPDATE tasks SET lease_until = $3 WHERE \(held(for: .renew))",
            [.text(task), SQLValue(epoch), .integer(leaseUntil)])
        guard count == 1 else { throw JobsError.leaseLost }
    }

    /// Gives a task back unfinished, as on a graceful shutdown; the attempt does not count.
    /// - Returns: Whether the claim still held it.
    public static func handBack(task: String, epoch: Int, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET \(TaskEvent.handBack.assignment), attempts = attempts - 1, worker = NULL,
                lease_until = NULL, progress = 0, dispatched_at = NULL
            WHERE \(held(for: .handBack))
            """, [.text(task), SQLValue(epoch)]) == 1
    }

    /// Marks a task as done. Store its results in the same transaction, then call ``JobStore/settle(job:at:in:)``.
    /// - Returns: Whether the claim still held it; if not, the results must not be stored.
    public static func complete(
        task: String, epoch: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        let row = try connection.query(
            """
            UPDATE tasks SET \(TaskEvent.complete.assignment), progress = 1, finished_at = $3, lease_until = NULL,
                error_code = NULL, error_detail = NULL, exit_status = NULL, log_tail = NULL
            WHERE \(held(for: .complete)) RETURNING job_id
            """, [.text(task), SQLValue(epoch), .integer(time)]
        ).first
        guard let row else { return false }
        // Without the lock, the last two tasks of a job that end at once would each see the other as unfinished.
        try JobStore.lock(job: try row.text("job_id"), in: connection)
        return true
    }

    /// Stores a failed attempt: the task is tried again after the policy's wait, or it is dead with its job.
    public static func fail(
        _ task: ClaimedTask, _ failure: TaskFailure, policy: RetryPolicy, at time: Int64,
        in connection: any SQLConnection
    ) throws -> Failing {
        var random = SystemRandomNumberGenerator()
        if !failure.countsAsAttempt, time - task.record.createdAt < policy.outagePatience {
            var uncounted = task.record
            uncounted.attempts -= 1
            let due = time + policy.delay(afterOutages: task.epoch, random: &random)
            return try retry(uncounted, failure, due: due, in: connection)
        }
        guard failure.isRetryable, task.record.attempts < task.record.maxAttempts else {
            return try die(task.record, failure, at: time, in: connection)
        }
        let due = time + policy.delay(afterAttempts: task.record.attempts, random: &random)
        return try retry(task.record, failure, due: due, in: connection)
    }

    /// Takes a task away from a worker whose lease has expired; the task is due again at once, or dead.
    ///
    /// The death of a worker is rarely the fault of the task, so the attempt does not count. A task whose leases expire
    /// twice as often as it has attempts probably kills its workers, and dies. Claims that were handed back or failed
    /// in an outage of the store do not count here.
    public static func expire(
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

    /// Running tasks whose lease has expired, a page at a time in the order of their names.
    public static func expired(
        at time: Int64, after cursor: String = "", limit: Int, in connection: any SQLConnection
    ) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks
            WHERE state = \(TaskState.running.sql) AND lease_until < $1 AND id > $3 ORDER BY id LIMIT $2
            """, [.integer(time), SQLValue(limit), .text(cursor)]
        ).map(TaskRecord.init)
    }

    /// Running tasks that a worker of this name holds.
    static func held(by worker: String, in connection: any SQLConnection) throws -> [TaskRecord] {
        try connection.query(
            "SELECT \(TaskRecord.columns) FROM tasks WHERE state = \(TaskState.running.sql) AND worker = $1",
            [.text(worker)]
        ).map(TaskRecord.init)
    }

    private static func retry(
        _ task: TaskRecord, _ failure: TaskFailure, due: Int64, in connection: any SQLConnection
    ) throws -> Failing {
        let isHeld = try end(
            task, .retry, failure,
            changes: [
                ("not_before", .integer(due)), ("attempts", SQLValue(task.attempts)),
                ("losses", SQLValue(task.losses)), ("dispatched_at", .null),
            ], in: connection)
        guard isHeld else { return .lost }
        // Waits for a transaction that has just claimed another task of the job, so that the next statement sees it.
        try JobStore.lock(job: task.jobID, in: connection)
        try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.backOff.assignment) WHERE id = $1 AND \(JobEvent.backOff.condition)
                AND NOT EXISTS (SELECT 1 FROM tasks WHERE job_id = $1 AND state = \(TaskState.running.sql))
            """, [.text(task.jobID)])
        return .retrying(at: due)
    }

    private static func die(
        _ task: TaskRecord, _ failure: TaskFailure, at time: Int64, in connection: any SQLConnection
    ) throws -> Failing {
        let isHeld = try end(task, .die, failure, changes: [("finished_at", .integer(time))], in: connection)
        guard isHeld else { return .lost }
        try JobStore.cancelTasks(of: task.jobID, at: time, in: connection)
        try connection.execute(
            """
            UPDATE jobs SET \(JobEvent.die.assignment), finished_at = $2, error_code = $3, error_detail = $4
            WHERE id = $1 AND \(JobEvent.die.condition)
            """,
            [.text(task.jobID), .integer(time)] + columns(of: failure).prefix(2).map(\.value))
        return .dead
    }

    /// The SQL condition that claim `$2` holds task `$1` and that an event can happen to it.
    private static func held(for event: TaskEvent) -> String { "id = $1 AND epoch = $2 AND \(event.condition)" }

    /// Ends the lease of a task whose attempt has failed, and stores the failure.
    /// - Parameter changes: Further columns that change.
    /// - Returns: Whether the claim still held the task.
    private static func end(
        _ task: TaskRecord, _ event: TaskEvent, _ failure: TaskFailure, changes: Columns,
        in connection: any SQLConnection
    ) throws -> Bool {
        let columns = changes + columns(of: failure)
        let assignments = columns.indices.map { "\(columns[$0].name) = $\($0 + 3)" }.joined(separator: ", ")
        return try connection.execute(
            "UPDATE tasks SET \(event.assignment), lease_until = NULL, \(assignments) WHERE \(held(for: event))",
            [.text(task.id), SQLValue(task.epoch)] + columns.map(\.value)) == 1
    }

    private typealias Columns = [(name: String, value: SQLValue)]

    /// The columns that keep a failure; the code and the detail come first.
    private static func columns(of failure: TaskFailure) -> Columns {
        // The output of a child can hold any byte; PostgreSQL cannot store a NUL.
        [
            ("error_code", SQLValue(failure.code)), ("error_detail", .text(failure.detail.replacing("\0", with: ""))),
            ("exit_status", SQLValue(failure.exitStatus)),
            ("log_tail", SQLValue(failure.logTail?.replacing("\0", with: ""))),
        ]
    }
}
