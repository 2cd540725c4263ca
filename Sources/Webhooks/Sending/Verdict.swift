/// The result of an attempt.
enum Attempt: Sendable, Hashable {
    /// The endpoint answered with this status.
    case answered(Int)
    /// No answer, for this reason.
    case failed(String)
    /// Nothing was sent, for a reason that the endpoint did not cause.
    case notBegun(String)
}

/// What happens to a delivery after an attempt.
enum Verdict: Sendable, Hashable {
    /// The endpoint has accepted it.
    case delivered
    /// Send it again after so many milliseconds.
    case again(after: Int64)
    /// Send it again after so many milliseconds, and do not count the attempt.
    case postponed(after: Int64)
    /// Give it up.
    case dead
    /// Give it up and disable the endpoint, which answered 410.
    case gone
}

/// When deliveries are tried again and when they are given up. Pure.
public struct RetrySchedule: Sendable {
    /// Seconds to wait after each failed attempt; the attempt after the last wait is the final one.
    public var delays: [Double]
    /// How many deliveries in a row are given up before the endpoint is disabled.
    public var deadInRow: Int

    /// A schedule: about 10 s, 1 min, 5 min, 30 min, 2 h, 6 h and 12 h by default.
    public init(delays: [Double] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200], deadInRow: Int = 5) {
        self.delays = delays
        self.deadInRow = deadInRow
    }

    /// What happens to a delivery after an attempt.
    /// - Parameters:
    ///   - attempts: Number of attempts, including this one.
    ///   - random: 0…1; varies the waits by up to a fifth in either direction.
    func verdict(_ attempt: Attempt, attempts: Int, random: Double) -> Verdict {
        switch attempt {
        case .answered(200..<300): return .delivered
        case .answered(410): return .gone
        case .notBegun: return .postponed(after: Int64(8_000 + 4_000 * random))
        case .answered, .failed:
            guard attempts >= 1, attempts <= delays.count else { return .dead }
            return .again(after: Int64(delays[attempts - 1] * (0.8 + 0.4 * random) * 1000))
        }
    }
}
