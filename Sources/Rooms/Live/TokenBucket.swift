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
struct SpeechLimits: Sendable {
    private var all: TokenBucket
    private var controls: TokenBucket
    private var refusals = 0

    /// Refusals in a row after which it is meant to do harm.
    private static let patience = 200

    init(at now: Int64) {
        all = TokenBucket(burst: 40, perSecond: 20, at: now)
        controls = TokenBucket(burst: 8, perSecond: 4, at: now)
    }

    enum Verdict: Sendable, Hashable {
        case fine
        /// Milliseconds until it may be said.
        case tooMany(Int64)
        case abuse
    }

    mutating func judge(_ body: ClientMessage.Body, at now: Int64) -> Verdict {
        var wait = all.take(at: now)
        if case .control = body, wait == nil { wait = controls.take(at: now) }
        guard let wait else {
            refusals = 0
            return .fine
        }
        refusals += 1
        return refusals > Self.patience ? .abuse : .tooMany(wait)
    }
}

/// How much a connection may chat.
struct ChatGate: Sendable {
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
