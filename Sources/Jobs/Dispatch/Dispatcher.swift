public import Ground
public import Logging
public import MediaModel
public import SQL
internal import Synchronization
public import Telemetry

/// Hands tasks from SQL to Redis, at most a window of each tenant's tasks at a time, so that five hundred uploads of one
/// tenant do not delay the single clip of another.
public struct Dispatcher: Sendable {
    let database: any Database
    let queue: TaskQueue
    let window: PoolWindow
    let clock: WallClock
    let metrics: JobMetrics
    let logger: Logger

    /// A dispatcher.
    /// - Parameters:
    ///   - window: How many tasks of a tenant are handed out and unfinished at a time.
    ///   - metrics: The metrics of the workers and reconcilers that use this dispatcher.
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

    /// Hands out tasks of a job's tenant until its window is full. Call it after each commit that adds tasks.
    ///
    /// Does not throw: the ``Reconciler`` later hands out what cannot be handed out now.
    public func wake(job: String) async {
        do {
            guard let record = try await database.read({ try JobStore.job(job, in: $0) }) else { return }
            await wake(tenant: record.tenant)
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation", metadata: ["job.id": "\(job)", "error": "\(error)"])
        }
    }

    /// Hands out tasks of a tenant until its window is full. Does not throw, as ``wake(job:)``.
    public func wake(tenant: String) async {
        let (window, now) = (window.size, clock.now())
        do {
            // Mostly there is nothing to hand out, and a read is cheaper than a transaction that changes nothing.
            guard
                try await database.read({ connection in
                    try DispatchStore.canTake(tenant: tenant, window: window, at: now, in: connection)
                })
            else { return }
            await handOut(
                try await database.transaction { connection in
                    try DispatchStore.take(tenant: tenant, window: window, at: now, in: connection)
                })
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
        }
    }

    /// Puts tasks that are marked as handed out into Redis. Does not throw: the ``Reconciler`` restores lost ones.
    func handOut(_ tasks: [TaskDispatch]) async {
        guard !tasks.isEmpty else { return }
        do {
            try await queue.dispatch(tasks)
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation",
                metadata: ["task.id": "\(tasks[0].task)", "tasks": "\(tasks.count)", "error": "\(error)"])
        }
    }

    /// Moves a task that no worker holds to the urgent lane, because a viewer waits for its result. A full window does not
    /// hold it back, and it does not wait for the time of its next attempt the first time it is raised.
    /// - Returns: Whether that changed anything.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``.
    @discardableResult
    public func raise(task: String) async throws -> Bool {
        let now = clock.now()
        // All viewers who wait for the same segment ask, and a read is cheaper than a transaction that changes nothing.
        guard try await database.read({ try DispatchStore.canRaise(task: task, at: now, in: $0) }) else { return false }
        let isRaised = try await database.transaction { try DispatchStore.raise(task: task, at: now, in: $0) }
        if isRaised { try await queue.dispatch([TaskDispatch(task: task, lane: .urgent)]) }
        return isRaised
    }
}

extension Dispatcher {
    /// Divides a task that no worker holds, because a viewer waits for a part of its result: the task keeps that part and
    /// moves to the urgent lane, and new tasks get the rest. Of two divisions at once, only one finds the work whole.
    /// - Parameters:
    ///   - task: The task as the caller has read it.
    ///   - demanded: The part that it keeps.
    ///   - rest: The rest of its work.
    /// - Returns: Whether it was divided; `false` if a worker holds it, it has ended, or it has other work by now.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``.
    public func divide(_ task: TaskRecord, into demanded: WorkItem, and rest: [NewTask]) async throws -> Bool {
        let now = clock.now()
        let isDivided = try await database.transaction { connection in
            try JobStore.divide(
                task: task.id, having: task.item, into: demanded, and: rest, at: now, in: connection)
        }
        if isDivided { try await queue.dispatch([TaskDispatch(task: task.id, lane: .urgent)]) }
        return isDivided
    }

    /// Tells the worker that runs a task that a viewer waits for a segment of it.
    public func demand(_ demand: SegmentDemand, of task: String) async { await queue.demand(demand, of: task) }

    /// Takes back that a task is urgent, because no viewer waits for its result any more: it moves to another lane. One that
    /// runs goes on: stopped, it would have cost as much for nothing, and a client that asks and leaves again and again would keep
    /// the workers from ever finishing anything.
    /// - Parameters:
    ///   - task: The task as the caller has read it.
    ///   - lane: The lane that it moves to.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``.
    public func withdraw(_ task: TaskRecord, to lane: Lane) async throws {
        guard task.state == .queued else { return }
        // In this order: a task that is raised between the two is lowered, and its viewer's player asks again; in the other
        // order it would be urgent and in no stream.
        try await queue.remove(task: task.id, from: .urgent)
        let isLowered = try await database.transaction { try DispatchStore.lower(task: task.id, to: lane, in: $0) }
        if isLowered { await wake(tenant: task.tenant) }
    }
}

/// How many tasks of one tenant can be handed out and unfinished at a time.
///
/// The window is large enough that a single tenant can keep the whole pool busy, and not much larger, because tasks that
/// are handed out come before the next task of another tenant. So it follows the number of slots in the pool.
public final class PoolWindow: Sendable {
    private let slots = Atomic(0)
    private let smallest: Int

    /// A window for a pool of unknown size.
    /// - Parameter smallest: The least size, for a small pool.
    public init(smallest: Int = 4) { self.smallest = smallest }

    /// The number of tasks: one and a half for each slot, and at least `smallest`.
    public var size: Int {
        let slots = slots.load(ordering: .relaxed)
        return max(smallest, slots + (slots + 1) / 2)
    }

    /// Stores the number of slots of all workers that are alive.
    public func setSlots(_ count: Int) { slots.store(max(0, min(count, 1_000_000)), ordering: .relaxed) }
}
