public import Logging
internal import MediaModel
public import SQL

/// Hands tasks from SQL to Redis, a window of each job at a time, so that a long job does not stand in front of a
/// short one.
public struct Dispatcher: Sendable {
    let database: any Database
    let queue: TaskQueue
    let window: Int
    let clock: JobClock
    let logger: Logger

    /// A dispatcher.
    /// - Parameter window: Tasks of a job that may be handed out and unfinished at a time.
    public init(
        database: any Database, queue: TaskQueue, window: Int = 8, clock: JobClock = .system, logger: Logger
    ) {
        self.database = database
        self.queue = queue
        self.window = window
        self.clock = clock
        self.logger = logger
    }

    /// Hands out what the job's window has room for; to be called after each commit that adds or ends tasks.
    ///
    /// Does not fail: what cannot be handed out now, the ``Reconciler`` hands out later.
    public func wake(job: String) async {
        let (window, now) = (window, clock.now())
        do {
            // Mostly there is nothing to hand out; a look is cheaper than a transaction that changes nothing.
            guard try await database.read({ try JobBook.hasRoom(job: job, window: window, at: now, in: $0) }) else {
                return
            }
            let tasks = try await database.transaction { connection in
                try JobBook.takeForDispatch(job: job, window: window, at: now, in: connection)
            }
            try await queue.dispatch(tasks)
        } catch {
            logger.warning(
                "tasks wait for the next reconciliation", metadata: ["job.id": "\(job)", "error": "\(error)"])
        }
    }

    /// Puts a task that nobody runs yet in front of everything, because somebody waits for its result.
    /// - Returns: Whether that changed anything.
    /// - Throws: ``SQLFailure`` or ``RedisFailure``.
    @discardableResult
    public func raise(task: String) async throws -> Bool {
        let now = clock.now()
        let isRaised = try await database.transaction { try JobBook.raise(task: task, at: now, in: $0) }
        if isRaised { try await queue.dispatch([JobBook.Dispatch(task: task, lane: .urgent)]) }
        return isRaised
    }
}
