/// Lets so many things happen a second, and some more at once.
struct TokenBucket: Sendable, Hashable {
    /// Most at once.
    let burst: Double
    /// How many more a second.
    let rate: Double
    private var tokens: Double
    private var at: Int64

    init(burst: Int, perSecond rate: Int, at now: Int64) {
        self.burst = Double(burst)
        self.rate = Double(rate)
        tokens = Double(burst)
        at = now
    }

    /// From when on it makes no difference any more what was taken out.
    var fullAt: Double { Double(at) + (burst - tokens) / rate * 1000 }

    /// Takes one out.
    /// - Returns: `nil` if there was one, else the milliseconds until there is.
    mutating func take(at now: Int64) -> Int64? {
        tokens = min(burst, tokens + Double(max(0, now - at)) / 1000 * rate)
        at = max(at, now)
        guard tokens >= 1 else { return max(1, Int64(((1 - tokens) / rate * 1000).rounded(.up))) }
        tokens -= 1
        return nil
    }
}

/// How much a connection may say, by kind.
struct ChatRateLimits: Sendable {
    private var all: TokenBucket
    private var controls: TokenBucket
    /// Reactions reach everybody, and nothing else holds them back.
    private var reactions: TokenBucket
    /// Everything about a room is a lot.
    private var snapshots: TokenBucket
    /// A player that has data or not changes the room's state.
    private var reports: TokenBucket
    private var refusals = 0

    /// Refusals after which a connection counts as abusive. Every accepted message cancels ten of them.
    private static let patience = 200

    init(at now: Int64) {
        all = TokenBucket(burst: 40, perSecond: 20, at: now)
        controls = TokenBucket(burst: 8, perSecond: 4, at: now)
        reactions = TokenBucket(burst: 8, perSecond: 4, at: now)
        reports = TokenBucket(burst: 30, perSecond: 4, at: now)
        snapshots = TokenBucket(burst: 60, perSecond: 1, at: now)
    }

    enum Verdict: Sendable, Hashable {
        case fine
        /// Milliseconds until it may be said.
        case tooMany(Int64)
        case abuse
    }

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
            // Some that are fine do not make up for hundreds that are not.
            refusals = max(0, refusals - 10)
            return .fine
        }
        refusals += 1
        return refusals > Self.patience ? .abuse : .tooMany(wait)
    }
}

/// How much a connection may chat.
struct ChatRateLimiter: Sendable {
    /// Messages at once.
    static let burst = 5
    /// For so long the same text is not taken again.
    private static let memory: Int64 = 30_000

    private var bucket: TokenBucket
    private var said: [(text: String, at: Int64)] = []

    init(at now: Int64) {
        bucket = TokenBucket(burst: Self.burst, perSecond: 1, at: now)
    }

    /// Asks whether a text may be said.
    /// - Throws: ``RoomFault/repeated``, ``RoomFault/rateLimited``.
    mutating func pass(_ text: String, at now: Int64) throws(RoomFault) {
        said.removeAll { now - $0.at >= Self.memory }
        guard !said.contains(where: { $0.text == text }) else { throw .repeated }
        guard bucket.take(at: now) == nil else { throw .rateLimited }
    }

    /// Takes in that a text was said: what the room has refused was not.
    mutating func note(_ text: String, at now: Int64) { said.append((text, now)) }
}
