internal import MediaModel
public import SQL

/// The reasons for the state of a job, in plain sentences.
public struct JobExplanation: Sendable, Hashable, Codable {
    /// The job.
    public var job: JobRecord
    /// The facts, the most important first.
    public var sentences: [String]
    /// What an operator can do; empty if there is nothing to do.
    public var advice: [String]
    /// The tasks that it waits for: dead ones, running ones, or the next that are due.
    public var tasks: [TaskRecord]

    /// The part of the pool's state that a job depends on.
    private struct PoolState: Sendable {
        let workers: [WorkerRecord]
        let paused: Set<Lane>
        /// Tasks of the same tenant that are handed out and unfinished.
        let handedOut: Int
        /// Tasks of the tenant's other jobs that are handed out before this job's next one.
        let ahead: Int
        /// How many tasks of a tenant are handed out at a time.
        let window: Int
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
            """, [.text(job.tenant), .text(job.id), SQLValue(next?.lane ?? .urgent)]
        ).first
        let own = tasks.count { $0.state.isUnfinished && $0.dispatchedAt != nil }
        let pool = PoolState(
            workers: try Pool.workers(in: connection), paused: try Pool.pausedLanes(in: connection),
            handedOut: (try counts?.int("busy") ?? 0) + own, ahead: try counts?.int("ahead") ?? 0, window: window.size)
        return unfinished(job, tasks, pool, at: now)
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
        _ job: JobRecord, _ tasks: [TaskRecord], _ pool: PoolState, at now: Int64
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
            let holder = pool.workers.first { $0.name == task.worker }
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
        sentences += waiting(queued, pool, at: now, advice: &advice)
        return JobExplanation(
            job: job, sentences: sentences, advice: advice, tasks: running + retrying + queued.prefix(3))
    }

    /// The sentences about what the queued tasks of a job wait for.
    private static func waiting(
        _ queued: [TaskRecord], _ pool: PoolState, at now: Int64, advice: inout [String]
    ) -> [String] {
        guard let first = queued.first else { return [] }
        var sentences: [String] = []
        let alive = pool.workers.filter { $0.isAlive(at: now) }
        let taking = alive.filter { !$0.isDraining && $0.lanes.contains(first.lane) }
        if let handed = queued.filter({ $0.dispatchedAt != nil }).first {
            sentences.append(
                "\(handed.id) (\(handed.item.kind)) has been handed out to the \(handed.lane.rawValue) lane for "
                    + "\(spoken(now - (handed.dispatchedAt ?? now))) and waits for a free slot.")
        } else if pool.ahead > 0 || pool.handedOut >= pool.window {
            sentences.append(
                "Its next task is number \(pool.ahead + 1) in its creator's line: \(pool.handedOut) of the creator's "
                    + "tasks are handed out, of \(pool.window) that may be at a time.")
        } else {
            sentences.append("Its next task will be handed out with the next pass of a reconciler.")
        }
        if pool.paused.contains(first.lane) {
            sentences.append("The \(first.lane.rawValue) lane is paused.")
            advice.append("`jobs resume --lanes \(first.lane.rawValue)` lets workers take from it again.")
        } else if alive.isEmpty {
            sentences.append("No worker is alive.")
            advice.append("Start `videohost serve`, or a `videohost worker`.")
        } else if taking.isEmpty {
            sentences.append("No worker that is alive takes tasks of the \(first.lane.rawValue) lane.")
            advice.append("Start a worker for that lane, or `jobs resume WORKER` if one is draining.")
        } else if taking.allSatisfy({ $0.busy >= $0.slots }) {
            sentences.append("All \(taking.reduce(0) { $0 + $1.slots }) slots that serve the lane are busy.")
            advice.append("Wait, or start another worker.")
        }
        return sentences
    }

    /// The sentences about the last failure of a task.
    private static func lastError(_ task: TaskRecord) -> [String] {
        guard let code = task.errorCode else { return [] }
        var sentences = ["Its last error is \(code): \(task.errorDetail ?? "")"]
        if let status = task.exitStatus {
            sentences.append(
                status < 0 ? "Its child was ended by signal \(-status)." : "Its child ended with \(status).")
        }
        if let tail = task.logTail, !tail.isEmpty { sentences.append("The last lines of its log:\n\(tail)") }
        return sentences
    }

    /// A length of time in words: `12 s`, `5 min`, `3 h`, `2 days`.
    private static func spoken(_ milliseconds: Int64) -> String {
        switch max(0, milliseconds) / 1000 {
        case let seconds where seconds < 120: "\(seconds) s"
        case let seconds where seconds < 7200: "\(seconds / 60) min"
        case let seconds where seconds < 172_800: "\(seconds / 3600) h"
        case let seconds: "\(seconds / 86_400) days"
        }
    }
}
