internal import Ground
internal import MediaModel
public import SQL

/// The rows of jobs and tasks: the truth about all work. Redis only carries task names around.
///
/// Every function is one step inside a transaction of the caller, who joins it with changes of other tables.
/// Rows are changed task first, job second, so that two transactions seldom wait for each other; where they do all the same
/// (a job that is cancelled, a video that is deleted), the database ends one of them and it is run again.
public enum JobStore {
    /// Adds a job with its first tasks. Hand it out with ``Dispatcher/wake(job:)`` after the commit.
    /// - Parameter share: Whose share of the pool its tasks use: the video's owner.
    /// - Throws: ``SQLFailure``.
    public static func createJob(
        video: String, generation: Int, kind: JobKind = .process, share: String, tasks: [NewTask], at time: Int64,
        in connection: any SQLConnection
    ) throws -> JobRecord {
        let rows = try connection.query(
            """
            INSERT INTO jobs (id, video_id, generation, kind, state, share, created_at)
            VALUES ($1, $2, $3, $4, 'queued', $5, $6) RETURNING \(JobRecord.columns)
            """,
            [
                .text(Identifier.make(prefix: "job_", at: time)), .text(video), SQLValue(generation), SQLValue(kind),
                .text(share), .integer(time),
            ])
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
        // Two who add at once would count on from the same ordinal.
        guard try lock(job: job, in: connection) else {
            throw SQLFailure(.constraint(.foreignKey), "There is no job “\(job)”.")
        }
        let next = try connection.query(
            "SELECT COALESCE(MAX(ordinal) + 1, 0) AS ordinal FROM tasks WHERE job_id = $1", [.text(job)]
        ).first?.int("ordinal")
        var names: [String] = []
        for (offset, task) in tasks.enumerated() {
            let name = Identifier.make(prefix: "tsk_", at: time)
            let count = try connection.execute(
                """
                INSERT INTO tasks (id, job_id, video_id, generation, share, ordinal, spec, kind, lane, state,
                    max_attempts, created_at, weight)
                SELECT $1, id, video_id, generation, share, $3, $4, $5, $6, 'queued', $7, $8, $9 FROM jobs WHERE id = $2
                """,
                [
                    .text(name), .text(job), SQLValue((next ?? 0) + offset), .json(task.item), .text(task.item.kind),
                    SQLValue(task.lane), SQLValue(task.maxAttempts), .integer(time), SQLValue(task.weight),
                ])
            guard count == 1 else { throw SQLFailure(.constraint(.foreignKey), "There is no job “\(job)”.") }
            names.append(name)
        }
        return names
    }

    /// Keeps everybody else from changing a job, adding tasks to it or ending it, until the commit.
    /// - Returns: Whether there is such a job.
    @discardableResult
    static func lock(job: String, in connection: any SQLConnection) throws -> Bool {
        // An update and not `SELECT … FOR UPDATE`, which not every engine knows.
        try connection.execute("UPDATE jobs SET state = state WHERE id = $1", [.text(job)]) == 1
    }

    /// The job with a name.
    public static func job(_ id: String, in connection: any SQLConnection) throws -> JobRecord? {
        try connection.query("SELECT \(JobRecord.columns) FROM jobs WHERE id = $1", [.text(id)]).first
            .map(JobRecord.init)
    }

    /// The task with a name.
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

    /// The tasks of a generation that are not finished, in order: where to look for the one that makes a segment.
    public static func unfinishedTasks(
        video: String, generation: Int, in connection: any SQLConnection
    ) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks
            WHERE video_id = $1 AND generation = $2 AND state IN ('queued', 'running', 'retrying') ORDER BY ordinal
            """, [.text(video), SQLValue(generation)]
        ).map(TaskRecord.init)
    }
}
