/// The rate limits of one connection: one for all messages, and one more for each class of messages that reach many or are
/// expensive. Chat messages that the room accepts are limited by ``ChatRateLimiter`` as well.
struct MessageRateLimits: Sendable {
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
            case .hello, .clock, .ready, .chat, .deleteMessage, .liftBan, .kick, .mute, .setRole, .leave, .unknown,
                .wrong:
                break
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
