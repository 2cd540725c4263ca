/// How long a failed task waits before its next attempt.
public struct RetryPolicy: Sendable {
    /// Milliseconds before the second attempt.
    public var first: Int64
    /// How many times longer each further wait is.
    public var factor: Int64
    /// The longest wait in milliseconds.
    public var longest: Int64
    /// The random part of a wait, 0…1, so that tasks that failed together are not retried together.
    public var jitter: Double
    /// The longest wait in milliseconds after an outage, which is not the fault of the task.
    public var longestAfterOutage: Int64 = 30_000
    /// Milliseconds after the creation of a task from which attempts count even if an outage made them fail.
    public var outagePatience: Int64 = 7 * 24 * 3_600_000

    /// A policy; by default 5 s · 4ⁿ up to 30 minutes, shortened by up to a fifth at random.
    public init(first: Int64 = 5_000, factor: Int64 = 4, longest: Int64 = 1_800_000, jitter: Double = 0.2) {
        self.first = first
        self.factor = factor
        self.longest = longest
        self.jitter = jitter
    }

    /// The wait after a number of failed attempts.
    /// - Returns: Milliseconds.
    public func delay(afterAttempts attempts: Int, random: inout some RandomNumberGenerator) -> Int64 {
        var wait = first
        for _ in 1..<max(attempts, 1) where wait < longest { wait *= factor }
        return spread(min(wait, longest), &random)
    }

    /// The wait after a number of claims, the last of which failed in an outage.
    /// - Returns: Milliseconds.
    func delay(afterOutages claims: Int, random: inout some RandomNumberGenerator) -> Int64 {
        let wait = min(first, longestAfterOutage) << Int64(min(max(claims - 1, 0), 10))
        return spread(min(wait, longestAfterOutage), &random)
    }

    private func spread(_ wait: Int64, _ random: inout some RandomNumberGenerator) -> Int64 {
        wait - Int64(Double.random(in: 0...1, using: &random) * Double(wait) * jitter)
    }
}
