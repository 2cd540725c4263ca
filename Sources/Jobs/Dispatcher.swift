public import Ground
public import Logging
internal import MediaModel
public import SQL
public import Telemetry

/// Hands tasks from SQL to Redis, a window of each creator's tasks at a time: five hundred uploads of one do not stand in
/// front of the single clip of another.
public struct Dispatcher: Sendable {
    let database: any Database
    let queue: TaskQueue
    let window: PoolWindow
    let clock: WallClock
    let metrics: JobMetrics
    let logger: Logger

    /// A dispatcher.
    /// - Parameters:
    ///   - window: Tasks of a share that may be handed out and unfinished at a time.
    ///   - metrics: Where its workers and reconcilers count.
    public init(
        database: any Database, queue: TaskQueue, window: PoolWindow = PoolWindow(), clock: WallClock = .system,
        metrics: JobMetrics = JobMetrics(Metrics()), logger: Logger
    ) {
        self.database = database
        self.queue = queue
        self.window = window
        self.clock = clock
        self.metrics = metrics
        self.logger = logger
    }

    /// Hands out what the window of a job's share has room for; to be called after each commit that adds tasks.
    ///
    /// Does not fail: what cannot be handed out now, the ``Reconciler`` hands out later.
    public func wake(job: String) async {
        do {
            guard let record = try await database.read({ try JobStore.job(job, in: $0) }) else { return }
            await wake(share: record.share)
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation", metadata: ["job.id": "\(job)", "error": "\(error)"])
        }
    }

    /// Hands out what a share's window has room for. Does not fail, as ``wake(job:)``.
    public func wake(share: String) async {
        let (window, now) = (window.size, clock.now())
        do {
            // Mostly there is nothing to hand out; a look is cheaper than a transaction that changes nothing.
            guard try await database.read({ try JobStore.hasRoom(share: share, window: window, at: now, in: $0) })
            else { return }
            await handOut(
                try await database.transaction { connection in
                    try JobStore.takeForDispatch(share: share, window: window, at: now, in: connection)
                })
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation", metadata: ["share": "\(share)", "error": "\(error)"])
        }
    }

    /// Puts tasks that are marked as handed out into Redis. Does not fail: the ``Reconciler`` restores what is lost.
    func handOut(_ tasks: [JobStore.Dispatch]) async {
        guard !tasks.isEmpty else { return }
        do {
            try await queue.dispatch(tasks)
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation",
                metadata: ["task.id": "\(tasks[0].task)", "tasks": "\(tasks.count)", "error": "\(error)"])
        }
    }

    /// Puts a task that nobody runs yet in front of everything, because somebody waits for its result: also one that waits
    /// for another attempt, once, and one that its share's window has no room for.
    /// - Returns: Whether that changed anything.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``.
    @discardableResult
    public func raise(task: String) async throws -> Bool {
        let now = clock.now()
        // Everybody who waits for the same segment asks; a look is cheaper than a transaction that changes nothing.
        guard try await database.read({ try JobStore.canRaise(task: task, at: now, in: $0) }) else { return false }
        let isRaised = try await database.transaction { try JobStore.raise(task: task, at: now, in: $0) }
        if isRaised { try await queue.dispatch([JobStore.Dispatch(task: task, lane: .urgent)]) }
        return isRaised
    }
}
