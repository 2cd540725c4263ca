internal import Ground
public import MediaModel
public import SQL
internal import Synchronization

/// Adapts other rows when a task dies.
public protocol TaskEnding: Sendable {
    /// Adapts the rows that depend on a task that has died with its job; runs in the same transaction.
    func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws
}

/// Does tasks. One value serves all slots of a worker.
public protocol TaskHandler: TaskEnding {
    /// Does one attempt at a task.
    ///
    /// When its Swift task is cancelled (a shutdown, a lost lease) it should end soon and throw. Results that it recorded
    /// before that stay.
    /// - Throws: ``TaskFailure`` to say why it failed and whether to try again. Any other error counts as
    ///   `unexpected` and is retried.
    func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome
}

/// The result of a successful attempt.
public struct TaskOutcome: Sendable {
    /// Stores the results and returns what follows. Runs inside the transaction that completes the task, after the check
    /// that the claim still holds it. If it throws, nothing is stored and the attempt has failed.
    public let finish: @Sendable (any SQLConnection) throws -> FollowUp
    /// Runs after the commit, to count metrics.
    public let committed: @Sendable () -> Void

    /// An outcome.
    public init(
        finish: @escaping @Sendable (any SQLConnection) throws -> FollowUp,
        committed: @escaping @Sendable () -> Void = {}
    ) {
        self.finish = finish
        self.committed = committed
    }

    /// An outcome that stores nothing more and has no follow-up.
    public static let done = TaskOutcome { _ in .nothing }
}

/// What follows from a completed task.
public struct FollowUp: Sendable {
    /// Tasks that are added to the job, in the order in which they are handed out.
    public var tasks: [NewTask]
    /// Tasks for which viewers wait: they are handed out in the urgent lane, beside the window of their tenant.
    public var demanded: [NewTask] = []
    /// The part of its weight that the completed task has done, if others do the rest.
    public var weight: Int?
    /// Whether the other unfinished tasks of the job are cancelled, as after a rejection.
    public var cancelsRest: Bool

    /// A follow-up.
    public init(tasks: [NewTask] = [], cancelsRest: Bool = false) {
        self.tasks = tasks
        self.cancelsRest = cancelsRest
    }

    /// No follow-up; the job is done when all its tasks are.
    public static let nothing = FollowUp()
}

/// What a handler can do while it works on a task: report progress and record results.
public struct TaskContext: Sendable {
    private let task: ClaimedTask
    private let database: any Database
    private let queue: TaskQueue
    private let clock: WallClock
    private let lease: Int64
    private let progress: ReportedProgress
    /// The segments of the task for which viewers wait, from the start of the attempt on. For one reader.
    public let demands: AsyncStream<SegmentDemand>

    /// A context for one attempt.
    /// - Parameter lease: The length of the lease in milliseconds.
    init(
        task: ClaimedTask, dispatcher: Dispatcher, lease: Int64, progress: ReportedProgress,
        demands: AsyncStream<SegmentDemand>
    ) {
        self.task = task
        self.demands = demands
        database = dispatcher.database
        queue = dispatcher.queue
        clock = dispatcher.clock
        self.lease = lease
        self.progress = progress
    }

    /// Reports the finished part of the task, 0…1. Cheap: it is stored and announced about once a second.
    public func report(progress fraction: Double) { progress.set(min(max(fraction, 0), 1)) }

    /// Records results while the task goes on, such as the ledger row of a finished range.
    ///
    /// The transaction first checks that this claim still holds the task, so nothing of a worker that lost its lease is
    /// ever stored.
    /// - Throws: ``JobsError/leaseLost``, what `body` throws, or ``SQLFailure``.
    public func record<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let (id, epoch, leaseUntil) = (task.id, task.epoch, clock.now() + lease)
        let value = try await database.transaction { connection in
            try TaskLeases.hold(task: id, epoch: epoch, leaseUntil: leaseUntil, in: connection)
            return try body(connection)
        }
        await queue.announce(video: task.videoID)
        return value
    }
}

/// The last reported progress of a task.
final class ReportedProgress: Sendable {
    private let fraction = Mutex(0.0)

    /// The finished part, 0…1.
    var value: Double { fraction.withLock { $0 } }

    func set(_ value: Double) { fraction.withLock { $0 = value } }
}
