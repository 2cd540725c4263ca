internal import Ground
public import NIOCore

/// How patiently and with how many requests at a time a service is used.
public struct S3Settings: Sendable {
    /// A file of more bytes is sent in parts; and the least size of a part, at least 5 MiB on most services.
    public var partSize: Int64 = 16 << 20
    /// Parts, or ranges, of one object that are under way at the same time.
    public var parallelism = 4
    /// How long a connection may take to open.
    public var connectTimeout: TimeAmount = .seconds(5)
    /// How long no byte may come or go.
    public var idleTimeout: TimeAmount = .seconds(30)
    /// How long a request with a small body and a small answer may take; a large one gets more by ``leastRate``.
    public var requestTimeout: TimeAmount = .seconds(60)
    /// Bytes a second that a service takes at least; what is slower counts as broken.
    public var leastRate: Int64 = 64 << 10
    /// Connections to the service; requests beyond wait.
    public var connections = 256
    /// When and how often a request is made again.
    public var retry = S3RetryPolicy()

    /// The settings that suit most services.
    public init() {}

    /// How long a request with so many bytes in its body may take.
    func timeout(bodyBytes: Int64) -> TimeAmount { requestTimeout + .seconds(bodyBytes / max(1, leastRate)) }
}

/// When and how often a request that failed is made again.
public struct S3RetryPolicy: Sendable, Hashable {
    /// Tries in all.
    public var attempts = 6
    /// The pause before the second try, on average three quarters of it.
    public var base: Duration = .milliseconds(100)
    /// The longest pause.
    public var longest: Duration = .seconds(10)

    /// Six tries within about three seconds.
    public init() {}

    /// The pause behind a try: doubled with each one, and scattered over its upper half, so that many clients of a
    /// service that was away do not come back in the same moment.
    /// - Parameters:
    ///   - attempt: The number of the try that failed, from 1 on.
    ///   - random: From 0 up to 1.
    public func pause(after attempt: Int, random: Double) -> Duration {
        let doubled = base * (1 << max(0, min(attempt - 1, 20)))
        let whole = min(doubled, longest)
        return whole / 2 + whole / 2 * max(0, min(random, 1))
    }
}

/// What a store takes from the world: time and chance.
public struct S3Dependencies: Sendable {
    /// Seconds since 1970.
    public var now: @Sendable () -> Int64
    /// Waits.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 up to 1.
    public var random: @Sendable () -> Double

    /// Time and chance of one's own.
    public init(
        now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }
}
