internal import MediaModel
public import SQL

/// Why a job is where it is, in plain sentences.
public struct JobExplanation: Sendable, Hashable, Codable {
    /// The job.
    public var job: JobRecord
    /// What the facts are, the most telling first.
    public var sentences: [String]
    /// What an operator can do; empty where there is nothing to do.
    public var advice: [String]
    /// The tasks that hold it up: dead, running, or the next that are due.
    public var tasks: [TaskRecord]

    /// What the pool looks like from the job's place.
    struct Dependencies: Sendable {
        var workers: [WorkerRecord]
        var paused: Set<Lane>
        /// Tasks of the same share that are handed out and not finished.
        var handedOut: Int
        /// Tasks of other jobs that wait in front of it in the share.
        var ahead: Int
        /// How many tasks of a share are handed out at a time.
        var window: Int
    }

    /// Explains a job.
    public static func make(_ job: JobRecord, at now: Int64, in connection: any SQLConnection) throws -> JobExplanation
    {
        let tasks = try JobStore.tasks(job: job.id, in: connection)
        guard job.state.isUnfinished else { return ended(job, tasks, at: now) }
        let window = PoolWindow()
        window.setSlots(try Pool.slots(at: now, in: connection))
        let next = tasks.first { $0.state == .queued && $0.dispatchedAt == nil }
        let counts = try connection.query(
            """
            SELECT COALESCE(SUM(CASE WHEN dispatched_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS busy,
                COALESCE(SUM(CASE WHEN dispatched_at IS NULL AND (lane > $3 OR (lane = $3 AND job_id < $2))
                    THEN 1 ELSE 0 END), 0) AS ahead
            FROM tasks WHERE share = $1 AND job_id <> $2 AND finished_at IS NULL
            """, [.text(job.share), .text(job.id), SQLValue(next?.lane ?? .urgent)]
        ).first
        let own = tasks.count { $0.state.isUnfinished && $0.dispatchedAt != nil }
        let around = Dependencies(
            workers: try Pool.workers(in: connection), paused: try Pool.pausedLanes(in: connection),
            handedOut: (try counts?.int("busy") ?? 0) + own, ahead: try counts?.int("ahead") ?? 0, window: window.size)
        return unfinished(job, tasks, around, at: now)
    }

    private static func ended(_ job: JobRecord, _ tasks: [TaskRecord], at now: Int64) -> JobExplanation {
        let ago = job.finishedAt.map { " \(spoken(now - $0)) ago" } ?? ""
        let done = "\(tasks.count { $0.state == .done }) of its \(tasks.count) tasks are done"
        switch job.state {
        case .cancelled:
            return JobExplanation(
                job: job, sentences: ["It was cancelled\(ago); \(done)."],
                advice: ["`jobs retry \(job.id)` takes it up again; what is done stays done."], tasks: [])
        case .dead:
            let dead = tasks.filter { $0.state == .dead }
            return JobExplanation(
                job: job,
                sentences: ["It died\(ago): \(done), and a task failed for good."] + dead.flatMap(lastError),
                advice: [
                    "Remove the cause, then `jobs retry \(job.id)`: it gets all its attempts again.",
                    "If the source or the settings are to blame, `jobs reprocess \(job.videoID)` makes a new plan.",
                ], tasks: dead)
        default:
            return JobExplanation(job: job, sentences: ["It is done: it ended\(ago)."], advice: [], tasks: [])
        }
    }

    private static func unfinished(
        _ job: JobRecord, _ tasks: [TaskRecord], _ around: Dependencies, at now: Int64
    ) -> JobExplanation {
        let running = tasks.filter { $0.state == .running }
        let retrying = tasks.filter { $0.state == .retrying }
        let queued = tasks.filter { $0.state == .queued }
        var sentences = [
            "It has been unfinished for \(spoken(now - job.createdAt)): \(tasks.count { $0.state == .done }) of the "
                + "\(tasks.count) tasks that are known are done, \(running.count) running, \(retrying.count) waiting for "
                + "another attempt, \(queued.count) queued."
        ]
        var advice: [String] = []
        for task in running {
            let holder = around.workers.first { $0.name == task.worker }
            let silent = task.leaseUntil.map { $0 < now } ?? false
            sentences.append(
                "\(task.id) (\(task.item.kind)) is attempt \(task.attempts) of \(task.maxAttempts), held by worker "
                    + "\(task.worker ?? "?") for \(spoken(now - (task.startedAt ?? now))); its lease "
                    + (silent
                        ? "ran out \(spoken(now - (task.leaseUntil ?? now))) ago."
                        : "ends in \(spoken((task.leaseUntil ?? now) - now)) unless it is renewed."))
            if silent {
                advice.append("The worker went silent: `jobs reconcile` gives the task to another one now.")
            } else if holder == nil {
                sentences.append("That worker is not on the list of workers.")
            }
        }
        for task in retrying {
            sentences.append(
                "\(task.id) (\(task.item.kind)) failed \(task.attempts) of \(task.maxAttempts) times and backs off for "
                    + "another \(spoken((task.notBefore ?? now) - now)).")
            sentences += lastError(task)
        }
        sentences += waiting(queued, around, at: now, advice: &advice)
        return JobExplanation(
            job: job, sentences: sentences, advice: advice, tasks: running + retrying + queued.prefix(3))
    }
}
