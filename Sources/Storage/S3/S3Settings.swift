internal import Ground
public import NIOCore

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Sizes, timeouts and concurrency of requests to a service.
public struct S3Settings: Sendable {
    /// The minimum size of a part; larger files are sent in parts. Most services require at least 5 MiB.
    public var partSize: Int64 = 16 << 20
    /// Concurrent parts or ranges of an object.
    public var parallelism = 4
    /// Timeout of opening a connection.
    public var connectTimeout: TimeAmount = .seconds(5)
    /// Timeout without any transferred byte.
    public var idleTimeout: TimeAmount = .seconds(30)
    /// Timeout of a request with small bodies; larger bodies get more time by ``leastRate``.
    public var requestTimeout: TimeAmount = .seconds(60)
    /// Minimum upload rate in bytes a second; a slower connection counts as broken.
    public var leastRate: Int64 = 64 << 10
    /// Most connections to the service; further requests wait.
    public var connections = 256
    /// The retry policy.
    public var retry = S3RetryPolicy()

    /// Settings that suit most services.
    public init() {}

    /// The timeout of a request with a body of this size.
    func timeout(bodyBytes: Int64) -> TimeAmount { requestTimeout + .seconds(bodyBytes / max(1, leastRate)) }
}

/// When and how often a failed request is retried.
public struct S3RetryPolicy: Sendable, Hashable {
    /// Most attempts.
    public var attempts = 6
    /// The pause before the second attempt; the average is three quarters of it.
    public var base: Duration = .milliseconds(100)
    /// The longest pause.
    public var longest: Duration = .seconds(10)

    /// Six attempts within about three seconds.
    public init() {}

    /// The pause after an attempt: doubles with each one, with jitter in its upper half, so that many clients do not retry at
    /// the same time.
    /// - Parameters:
    ///   - attempt: The number of the failed attempt, from 1.
    ///   - random: A number from 0 up to 1.
    public func pause(after attempt: Int, random: Double) -> Duration {
        let doubled = base * (1 << max(0, min(attempt - 1, 20)))
        let whole = min(doubled, longest)
        return whole / 2 + whole / 2 * max(0, min(random, 1))
    }
}

/// The clock and the random numbers of a store.
public struct S3Dependencies: Sendable {
    /// Seconds since 1970.
    public var now: @Sendable () -> Int64
    /// Waits for a duration.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 up to 1.
    public var random: @Sendable () -> Double

    /// Dependencies for tests.
    public init(
        now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.sleep = sleep
        self.random = random
    }

    /// The system's clock and random numbers.
    public static let system = S3Dependencies(
        now: { Int64(Date().timeIntervalSince1970) }, sleep: { try await ContinuousClock().sleep(for: $0) },
        random: { Double.random(in: 0..<1) })
}
