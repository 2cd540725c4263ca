/// How many attempts of one kind are let through: wrong passwords, say, for one account from one block of addresses.
///
/// An attempt is taken in before its outcome is known and counts as under way until then, so that attempts at the same
/// moment cannot exceed the limit, and one beyond it is refused whatever its outcome would have been.
public struct AttemptLimit: Sendable, Hashable {
    /// What is counted; a digest, so that nothing can be read from it.
    public var key: String
    /// Counted attempts that close the way; at least 1.
    public var limit: Int
    /// Seconds for which attempts count.
    public var seconds: Int
    /// Whether the seconds begin anew with each counted attempt, and not only with the first.
    public var isRenewed: Bool
    /// Where attempts beyond the limit are still let through one by one: the longest pause between two, in seconds.
    /// Pauses begin with a second and double with each counted attempt. `nil`: none before the seconds are over.
    public var longestPause: Int?
    /// Who makes the attempt, for this limit; a digest. Beyond the limit the first attempt of whoever has not made one that
    /// counted is let through without a pause; then who asks before the time they were told waits longer, and holds up
    /// nobody else. `nil`: all are the same. Only with ``longestPause``.
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
    /// It may; every limit has it as under way until its end is told.
    case admitted
    /// A limit is reached; nothing was counted.
    /// - Parameter retryAfter: Seconds until the next one may be let through; at least 1.
    case refused(retryAfter: Int)
    /// As many are under way as would reach a limit; nothing was counted.
    case crowded
}

/// How an attempt that was let through ended, for one of its limits.
public enum AttemptOutcome: Int, Sendable, Hashable {
    /// It does not count.
    case void
    /// It counts.
    case counted
    /// It ends the row: those that counted do so no more.
    case forgiven
}
