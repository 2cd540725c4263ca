public import SQL

/// Knows what the death of a task means for other rows.
public protocol TaskEnding: Sendable {
    /// A task and its job have died; runs in the transaction that says so, for the rows that depend on it.
    func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws
}

/// Does tasks. One value serves all slots of a worker.
public protocol TaskHandler: TaskEnding {
    /// Does one attempt at a task.
    ///
    /// When the task is cancelled (a stop, a lost lease) it should end soon and throw; results that were published
    /// before
    /// that stay.
    /// - Throws: ``TaskFailure`` to say whether and why to try again; any other error counts as `internal` and is
    /// retried.
    func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome
}

/// What an attempt has brought about.
public struct TaskOutcome: Sendable {
    /// Stores the results and says what follows. Runs inside the transaction that completes the task, after the check
    /// that
    /// the claim still holds it; if it throws, nothing is stored and the attempt has failed.
    public var finish: @Sendable (any SQLConnection) throws -> FollowUp
    /// Runs once the results are stored for good; for counting.
    public var committed: @Sendable () -> Void

    /// An outcome.
    public init(
        finish: @escaping @Sendable (any SQLConnection) throws -> FollowUp,
        committed: @escaping @Sendable () -> Void = {}
    ) {
        self.finish = finish
        self.committed = committed
    }

    /// Nothing to store beyond what was published, nothing follows.
    public static let done = TaskOutcome { _ in .nothing }
}
