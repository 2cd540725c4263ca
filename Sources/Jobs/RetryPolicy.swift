/// When a failed task is tried again.
public struct RetryPolicy: Sendable {
    /// Milliseconds before the second attempt.
    public var first: Int64
    /// How many times longer each further wait is.
    public var factor: Int64
    /// The longest wait in milliseconds.
    public var longest: Int64
    /// Which part of a wait is random, 0…1, so that what failed together does not come back together.
    public var jitter: Double
    /// The longest wait in milliseconds after what was not the task's fault: somebody is mending it.
    public var longestForSurroundings: Int64 = 30_000
    /// Milliseconds after its creation from which a task's attempts count whatever made them fail.
    public var surroundingsPatience: Int64 = 7 * 24 * 3_600_000

    /// 5 s · 4ⁿ up to 30 minutes, a fifth of it at random.
    public init(first: Int64 = 5_000, factor: Int64 = 4, longest: Int64 = 1_800_000, jitter: Double = 0.2) {
        self.first = first
        self.factor = factor
        self.longest = longest
        self.jitter = jitter
    }

    /// The wait after so many failed attempts.
    /// - Returns: Milliseconds.
    public func delay(afterAttempts attempts: Int, random: inout some RandomNumberGenerator) -> Int64 {
        var wait = first
        for _ in 1..<max(attempts, 1) where wait < longest { wait *= factor }
        return spread(min(wait, longest), &random)
    }

    /// The wait after so many claims, the last of which failed for a reason outside the task.
    /// - Returns: Milliseconds.
    func delay(afterFaultsOfSurroundings claims: Int, random: inout some RandomNumberGenerator) -> Int64 {
        let wait = min(first, longestForSurroundings) << Int64(min(max(claims - 1, 0), 10))
        return spread(min(wait, longestForSurroundings), &random)
    }

    private func spread(_ wait: Int64, _ random: inout some RandomNumberGenerator) -> Int64 {
        wait - Int64(Double.random(in: 0...1, using: &random) * Double(wait) * jitter)
    }
}
