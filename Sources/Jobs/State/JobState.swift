public import SQL

/// The state of a job, derived from its tasks.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable, StoredState {
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
    /// Stopped by an operator.
    case cancelled

    /// Whether the job can still end in another state.
    public var isUnfinished: Bool { self == .queued || self == .running || self == .retrying }

    /// The SQL condition of unfinished jobs.
    static let unfinished = condition(\.isUnfinished)
    /// The SQL condition of ended jobs.
    static let ended = condition { !$0.isUnfinished }
}

/// What happens to a job.
public enum JobEvent: Sendable, Hashable, CaseIterable {
    /// A worker claims one of its tasks.
    case start
    /// One of its tasks waits for another attempt, and none runs.
    case backOff
    /// Its last unfinished task ends.
    case finish
    /// One of its tasks fails for good.
    case die
    /// An operator stops it.
    case cancel
    /// An operator retries it.
    case reopen
}

extension JobEvent: StateEvent {
    typealias State = JobState

    static let sql = EventSQL<JobEvent>()
}

extension JobState {
    /// The transition table of jobs: the state after an event, `nil` where it cannot happen.
    public func after(_ event: JobEvent) -> JobState? {
        switch (event, self) {
        case (.start, .queued), (.start, .running), (.start, .retrying): .running
        case (.backOff, .running): .retrying
        case (.finish, .queued), (.finish, .running), (.finish, .retrying): .done
        case (.die, .queued), (.die, .running), (.die, .retrying): .dead
        case (.cancel, .queued), (.cancel, .running), (.cancel, .retrying): .cancelled
        case (.reopen, .dead), (.reopen, .cancelled): .queued
        case (.start, _), (.backOff, _), (.finish, _), (.die, _), (.cancel, _), (.reopen, _): nil
        }
    }
}

/// What a job is for.
public enum JobKind: String, Sendable, Hashable, Codable {
    /// Make a generation of a video from its source.
    case process
}
