public import SQL

extension JobStore {
    /// Takes a task for a worker, if nobody else has it: queued, due for another attempt, or left by a silent worker.
    ///
    /// Raises the task's epoch, so that whatever an earlier holder still does is refused.
    /// - Parameters:
    ///   - leaseUntil: When the worker counts as gone unless it has sent a heartbeat.
    ///   - time: Now, in milliseconds since 1970.
    /// - Returns: The task, or `nil` when it is not to be had.
    public static func claim(
        task: String, worker: String, leaseUntil: Int64, at time: Int64, in connection: any SQLConnection
    ) throws -> ClaimedTask? {
        let row = try connection.query(
            """
            UPDATE tasks SET state = 'running', epoch = epoch + 1, worker = $2, lease_until = $3, started_at = $4,
                attempts = CASE WHEN state = 'running' THEN attempts ELSE attempts + 1 END,
                losses = CASE WHEN state = 'running' THEN losses + 1 ELSE losses END,
                progress = 0, not_before = NULL, dispatched_at = COALESCE(dispatched_at, $4)
            WHERE id = $1 AND (state = 'queued' OR (state = 'retrying' AND not_before <= $4)
                OR (state = 'running' AND lease_until < $4 AND losses + 1 < 2 * max_attempts))
            RETURNING \(TaskRecord.columns)
            """, [.text(task), .text(worker), .integer(leaseUntil), .integer(time)]
        ).first
        guard let row else { return nil }
        let record = try TaskRecord(row)
        try connection.execute(
            """
            UPDATE jobs SET state = 'running', started_at = COALESCE(started_at, $2)
            WHERE id = $1 AND state IN ('queued', 'retrying', 'running')
            """, [.text(record.jobID), .integer(time)])
        return ClaimedTask(record)
    }

    /// Renews a lease and stores progress.
    /// - Returns: Whether the claim still holds the task; `false` means that all work on it has to stop.
    public static func heartbeat(
        task: String, epoch: Int, leaseUntil: Int64, progress: Double, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET lease_until = $3, progress = $4 WHERE id = $1 AND epoch = $2 AND state = 'running'
            """, [.text(task), SQLValue(epoch), .integer(leaseUntil), .real(progress)]) == 1
    }

    /// Makes sure that a claim still holds its task, and keeps it so until the commit.
    /// - Throws: ``JobsError/leaseLost``.
    public static func hold(
        task: String, epoch: Int, leaseUntil: Int64, in connection: any SQLConnection
    ) throws {
        // An update and not a select: it locks the row, so that no other claim can come between this and the commit.
        let count = try connection.execute(
            "UPDATE tasks SET lease_until = $3 WHERE id = $1 AND epoch = $2 AND state = 'running'",
            [.text(task), SQLValue(epoch), .integer(leaseUntil)])
        guard count == 1 else { throw JobsError.leaseLost }
    }

    /// Gives a task back unfinished, as on a graceful stop; the attempt does not count.
    /// - Returns: Whether the claim still held it.
    public static func handBack(task: String, epoch: Int, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE tasks SET state = 'queued', attempts = attempts - 1, worker = NULL, lease_until = NULL,
                progress = 0, dispatched_at = NULL
            WHERE id = $1 AND epoch = $2 AND state = 'running'
            """, [.text(task), SQLValue(epoch)]) == 1
    }

    /// Running tasks whose worker has been silent for longer than its lease, a page at a time in the order of their names.
    public static func expired(
        at time: Int64, after cursor: String = "", limit: Int, in connection: any SQLConnection
    ) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks WHERE state = 'running' AND lease_until < $1 AND id > $3
            ORDER BY id LIMIT $2
            """, [.integer(time), SQLValue(limit), .text(cursor)]
        ).map(TaskRecord.init)
    }

    /// Running tasks that a worker of this name holds.
    public static func held(by worker: String, in connection: any SQLConnection) throws -> [TaskRecord] {
        try connection.query(
            "SELECT \(TaskRecord.columns) FROM tasks WHERE state = 'running' AND worker = $1", [.text(worker)]
        ).map(TaskRecord.init)
    }
}
