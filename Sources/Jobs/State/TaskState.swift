public import SQL

/// The state of a task.
public enum TaskState: String, Sendable, Hashable, Codable, CaseIterable, StoredState {
    /// Waits for a worker.
    case queued
    /// A worker holds its lease.
    case running
    /// Failed, and waits until its next attempt is due.
    case retrying
    /// Finished; its results are stored.
    case done
    /// Failed for good; its code says why.
    case dead
    /// Stopped by an operator, or not needed after another task's result.
    case cancelled

    /// Whether the task can still end in another state.
    public var isUnfinished: Bool { self == .queued || self == .running || self == .retrying }

    /// The SQL condition of unfinished tasks.
    static let unfinished = condition(\.isUnfinished)
}

/// What happens to a task.
public enum TaskEvent: Sendable, Hashable, CaseIterable {
    /// It is handed to Redis, or moved to a more urgent lane there; its state stays.
    case dispatch
    /// A worker takes it; from another worker only when that one's lease has expired.
    case claim
    /// Its worker renews the lease.
    case renew
    /// Its results are stored.
    case complete
    /// An attempt failed and another follows.
    case retry
    /// An attempt failed and no other follows.
    case die
    /// Its worker gives it back unfinished.
    case handBack
    /// Its job is cancelled or has ended early.
    case cancel
    /// An operator retries its ended job.
    case reopen
}

extension TaskEvent: StateEvent {
    typealias State = TaskState

    static let sql = EventSQL<TaskEvent>()
}

extension TaskState {
    /// The transition table of tasks: the state after an event, `nil` where it cannot happen.
    public func after(_ event: TaskEvent) -> TaskState? {
        switch (event, self) {
        case (.dispatch, .queued), (.dispatch, .retrying): self
        case (.claim, .queued), (.claim, .retrying), (.claim, .running): .running
        case (.renew, .running): .running
        case (.complete, .running): .done
        case (.retry, .running): .retrying
        case (.die, .running): .dead
        case (.handBack, .running): .queued
        case (.cancel, .queued), (.cancel, .running), (.cancel, .retrying): .cancelled
        case (.reopen, .dead), (.reopen, .cancelled): .queued
        case (.dispatch, _), (.claim, _), (.renew, _), (.complete, _), (.retry, _), (.die, _), (.handBack, _),
            (.cancel, _), (.reopen, _):
            nil
        }
    }
}
