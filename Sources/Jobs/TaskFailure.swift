public import MediaModel

/// Why an attempt at a task failed; thrown by a handler.
public struct TaskFailure: Error, Sendable, Hashable {
    /// The stable code.
    public var code: FailureCode
    /// One sentence for operators.
    public var detail: String
    /// How the child process ended: its exit code, or the signal's number negated.
    public var exitStatus: Int?
    /// The last lines that the child wrote.
    public var logTail: String?
    /// Whether another attempt may succeed.
    public var isRetryable: Bool
    /// Whether it is the task's own doing. A full disk or a store that is away is not: such an attempt does not count,
    /// and the task waits until its surroundings are well again.
    public var countsAsAttempt = true

    /// A failure.
    public init(
        _ code: FailureCode, _ detail: String, exitStatus: Int? = nil, logTail: String? = nil, isRetryable: Bool = true
    ) {
        self.code = code
        self.detail = detail
        self.exitStatus = exitStatus
        self.logTail = logTail
        self.isRetryable = isRetryable
    }

    /// Any error as a failure: itself if it is one, else `internal` with the error's words.
    public init(_ error: any Error) {
        if let failure = error as? TaskFailure {
            self = failure
        } else {
            self.init(.unexpected, String(describing: error))
        }
    }
}

/// Errors of the job system itself.
public enum JobsError: Error, Sendable, Hashable {
    /// Another worker has the task by now, or it was cancelled: nothing may be published any more.
    case leaseLost
}
