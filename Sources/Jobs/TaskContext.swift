internal import Ground
public import SQL
internal import Synchronization

/// What a handler has at hand while it does a task.
public struct TaskContext: Sendable {
    /// The task.
    public let task: ClaimedTask
    let database: any Database
    let queue: TaskQueue
    let clock: WallClock
    /// The lease in milliseconds.
    let lease: Int64
    let progress: ReportedProgress

    /// Says how much is done, 0…1. Cheap: stored and announced about once a second.
    public func report(progress fraction: Double) {
        progress.set(min(max(fraction, 0), 1))
    }

    /// Stores results while the task goes on, such as the ledger row of a finished range.
    ///
    /// The transaction first makes sure that this claim still holds the task, so nothing of a worker that was given up
    /// is ever stored.
    /// - Throws: ``JobsError/leaseLost``, what `body` throws, or ``SQLFailure``.
    public func publishing<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        let (id, epoch, leaseUntil) = (task.id, task.epoch, clock.now() + lease)
        let value = try await database.transaction { connection in
            try JobStore.hold(task: id, epoch: epoch, leaseUntil: leaseUntil, in: connection)
            return try body(connection)
        }
        await queue.announce(video: task.videoID)
        return value
    }
}

/// The last reported progress of a task.
final class ReportedProgress: Sendable {
    private let fraction = Mutex(0.0)

    var value: Double { fraction.withLock { $0 } }

    func set(_ value: Double) { fraction.withLock { $0 = value } }
}
