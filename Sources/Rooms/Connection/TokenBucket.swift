/// A token bucket: allows a number of actions per second, and a burst of more at once.
struct TokenBucket: Sendable, Hashable {
    /// The largest burst.
    private let burst: Double
    /// The number of actions per second.
    private let rate: Double
    private var tokens: Double
    private var at: Int64

    /// Creates a full bucket.
    init(burst: Int, perSecond rate: Int, at now: Int64) {
        self.burst = Double(burst)
        self.rate = Double(rate)
        tokens = Double(burst)
        at = now
    }

    /// When the bucket is full again, in milliseconds since 1970.
    var fullAt: Double { Double(at) + (burst - tokens) / rate * 1000 }

    /// Takes a token.
    /// - Returns: `nil` if there was one, else the milliseconds until there is.
    mutating func take(at now: Int64) -> Int64? {
        tokens = min(burst, tokens + Double(max(0, now - at)) / 1000 * rate)
        at = max(at, now)
        guard tokens >= 1 else { return max(1, Int64(((1 - tokens) / rate * 1000).rounded(.up))) }
        tokens -= 1
        return nil
    }
}

/// A token bucket for each of a bounded number of keys.
///
/// Beyond ``limit``, the quarter of the buckets that are full again first is dropped. A flood of keys therefore does not refill
/// a bucket that is empty.
struct KeyedBuckets: Sendable {
    /// The largest number of keys.
    static let limit = 8192

    private let burst: Int
    private let rate: Int
    private var buckets: [String: TokenBucket] = [:]

    init(burst: Int, perSecond rate: Int) {
        self.burst = burst
        self.rate = rate
    }

    /// The number of keys.
    var count: Int { buckets.count }

    /// Takes a token from a key's bucket.
    /// - Returns: `nil` if there was one, else the milliseconds until there is.
    mutating func take(_ key: String, at now: Int64) -> Int64? {
        if buckets[key] == nil, buckets.count >= Self.limit {
            for (key, _) in buckets.sorted(by: { $0.value.fullAt < $1.value.fullAt }).prefix(Self.limit / 4) {
                buckets[key] = nil
            }
        }
        return buckets[key, default: TokenBucket(burst: burst, perSecond: rate, at: now)].take(at: now)
    }
}
