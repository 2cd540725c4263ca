internal import Glibc

/// The time of rows, jobs and messages, and waiting by it. Tests pass one that they move themselves.
public struct WallClock: Sendable {
    /// Milliseconds since 1970-01-01 UTC.
    public var now: @Sendable () -> Int64
    /// Waits so many milliseconds; throws `CancellationError` when cancelled.
    public var sleep: @Sendable (Int64) async throws -> Void

    /// A clock that asks `now`, and waits by the machine's clock unless told otherwise.
    public init(
        now: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Int64) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) }
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The machine's clock.
    public static let system = WallClock {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
