public import MediaModel

/// Why an attempt at a task failed; handlers throw it.
public struct TaskFailure: Error, Sendable, Hashable {
    /// The stable code.
    public var code: FailureCode
    /// One sentence for operators.
    public var detail: String
    /// How the child process ended: its exit code, or the signal's number negated.
    public var exitStatus: Int?
    /// The last lines of the child's log.
    public var logTail: String?
    /// Whether another attempt may succeed.
    public var isRetryable: Bool
    /// Whether the failure counts as an attempt. It does not in an outage, such as a full disk or an object store that does
    /// not answer: the task then waits until the outage is over.
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

    /// Any error as a failure: a ``TaskFailure`` itself, else the code `unexpected` with the error's description.
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
    /// Another worker holds the task, or it was cancelled; no more results can be stored.
    case leaseLost
}
