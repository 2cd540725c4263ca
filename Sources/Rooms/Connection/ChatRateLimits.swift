/// The rate limits of one connection by kind of message.
struct ChatRateLimits: Sendable {
    private var all: TokenBucket
    private var controls: TokenBucket
    /// Reactions reach every member and nothing else limits them.
    private var reactions: TokenBucket
    /// Snapshots are large.
    private var snapshots: TokenBucket
    /// Reports of players that run out of data change the room's state.
    private var reports: TokenBucket
    private var refusals = 0

    /// The number of refusals after which a connection is abusive. Each allowed message cancels ten refusals.
    private static let refusalLimit = 200

    init(at now: Int64) {
        all = TokenBucket(burst: 40, perSecond: 20, at: now)
        controls = TokenBucket(burst: 8, perSecond: 4, at: now)
        reactions = TokenBucket(burst: 8, perSecond: 4, at: now)
        reports = TokenBucket(burst: 30, perSecond: 4, at: now)
        snapshots = TokenBucket(burst: 60, perSecond: 1, at: now)
    }

    /// Whether a message may be performed.
    enum Verdict: Sendable, Hashable {
        /// It may.
        case allowed
        /// It may not for so many milliseconds.
        case tooMany(Int64)
        /// The connection has to be ended.
        case abuse
    }

    /// Counts a message and decides about it.
    mutating func judge(_ body: ClientMessage.Body, at now: Int64) -> Verdict {
        var wait = all.take(at: now)
        if wait == nil {
            switch body {
            case .control: wait = controls.take(at: now)
            case .react: wait = reactions.take(at: now)
            case .status: wait = reports.take(at: now)
            case .resync, .listBans: wait = snapshots.take(at: now)
            default: break
            }
        }
        guard let wait else {
            refusals = max(0, refusals - 10)
            return .allowed
        }
        refusals += 1
        return refusals > Self.refusalLimit ? .abuse : .tooMany(wait)
    }
}

/// The limit of one connection's chat messages: five at once, one a second, and no repetition within 30 seconds.
struct ChatRateLimiter: Sendable {
    /// The largest number of messages at once.
    static let burst = 5
    /// How long a text counts as repeated, in milliseconds.
    private static let repetition: Int64 = 30_000

    private var bucket: TokenBucket
    private var sent: [(text: String, at: Int64)] = []

    init(at now: Int64) {
        bucket = TokenBucket(burst: Self.burst, perSecond: 1, at: now)
    }

    /// Checks whether a text may be sent.
    /// - Throws: ``RoomFault/repeated``, ``RoomFault/rateLimited``.
    mutating func check(_ text: String, at now: Int64) throws(RoomFault) {
        sent.removeAll { now - $0.at >= Self.repetition }
        guard !sent.contains(where: { $0.text == text }) else { throw .repeated }
        guard bucket.take(at: now) == nil else { throw .rateLimited }
    }

    /// Records a text that the room accepted; a text that it refused does not count as sent.
    mutating func record(_ text: String, at now: Int64) { sent.append((text, now)) }
}
