/// Where a task is in its life.
public enum TaskState: String, Sendable, Hashable, Codable, CaseIterable {
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
    /// Not wanted any more.
    case cancelled

    /// Whether anything is still going to happen.
    public var isUnfinished: Bool { self == .queued || self == .running || self == .retrying }
}

/// Where a job is in its life; follows from its tasks.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    /// No task has been started.
    case queued
    /// At least one task runs or has run.
    case running
    /// Nothing runs because a failed task waits for its next attempt.
    case retrying
    /// Every task is done.
    case done
    /// A task failed for good.
    case dead
    /// Stopped by somebody.
    case cancelled

    /// Whether anything is still going to happen.
    public var isUnfinished: Bool { self == .queued || self == .running || self == .retrying }
}

/// What a job is for.
public enum JobKind: String, Sendable, Hashable, Codable {
    /// Make a generation of a video from its source.
    case process
}
