/// A limit of attempts of one kind, such as wrong passwords for one account from one block of addresses.
///
/// An attempt is admitted before its outcome is known and counts as under way until then, so that concurrent attempts cannot
/// exceed the limit. An attempt beyond the limit is refused whatever its outcome would be.
public struct AttemptLimit: Sendable, Hashable {
    /// What is counted; a digest, so that nothing can be read from it.
    public var key: String
    /// The number of counted attempts from which further ones are refused; at least 1.
    public var limit: Int
    /// Seconds for which attempts count.
    public var seconds: Int
    /// Whether each counted attempt restarts the seconds, and not only the first one.
    public var isRenewed: Bool
    /// The longest pause in seconds between attempts beyond the limit, which are admitted one at a time. Pauses begin with a
    /// second and double with each counted attempt. `nil`: none is admitted before the seconds are over.
    public var longestPause: Int?
    /// A digest of who makes the attempt. Beyond the limit the first attempt of an asker without a counted one is admitted
    /// without a pause; an asker who tries again before the time that they were told waits longer and delays no other.
    /// `nil`: askers are not told apart. Only with ``longestPause``.
    public var asker: String?

    /// A limit.
    public init(
        key: String, limit: Int, seconds: Int, isRenewed: Bool = false, longestPause: Int? = nil, asker: String? = nil
    ) {
        self.key = key
        self.limit = limit
        self.seconds = seconds
        self.isRenewed = isRenewed
        self.longestPause = longestPause
        self.asker = asker
    }
}

/// Whether an attempt may be made.
public enum AttemptAdmission: Sendable, Hashable {
    /// It may; every limit counts it as under way until it is ended.
    case admitted
    /// A limit is reached; nothing was counted.
    /// - Parameter retryAfter: Seconds until the next one may be admitted; at least 1.
    case refused(retryAfter: Int)
    /// The attempts under way would reach a limit; nothing was counted.
    case crowded
}

/// How an admitted attempt ended, for one of its limits.
public enum AttemptOutcome: Int, Sendable, Hashable {
    /// It does not count.
    case void
    /// It counts.
    case counted
    /// It resets the limit: earlier attempts count no more.
    case forgiven
}
