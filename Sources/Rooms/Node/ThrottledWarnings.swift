internal import Ground
internal import Logging
internal import Synchronization

/// Passes each text once in ``period``, and counts the others.
struct WarningThrottle: Sendable {
    /// The shortest time between two lines with the same text, in milliseconds.
    static let period: Int64 = 30_000

    private var passed: [String: (at: Int64, heldBack: Int)] = [:]

    /// Passes or holds back a text.
    /// - Returns: The number of lines held back since the last one that passed; `nil` if this one is held back.
    mutating func pass(_ text: String, at now: Int64) -> Int? {
        if let last = passed[text], now - last.at < Self.period {
            passed[text] = (last.at, last.heldBack + 1)
            return nil
        }
        defer { passed[text] = (now, 0) }
        return passed[text]?.heldBack ?? 0
    }
}

/// The warnings of a node's rooms, throttled: thousands of rooms share one store and fail together.
final class ThrottledWarnings: Sendable {
    private let logger: Logger
    private let clock: WallClock
    private let gate = Mutex(WarningThrottle())

    init(_ logger: Logger, clock: WallClock) {
        self.logger = logger
        self.clock = clock
    }

    /// Logs a warning unless the same text was logged within ``WarningThrottle/period``. The next line tells how many were
    /// held back.
    func warn(_ text: StaticString, _ metadata: Logger.Metadata) {
        let now = clock.now()
        guard let heldBack = gate.withLock({ $0.pass("\(text)", at: now) }) else { return }
        let more: Logger.Metadata = heldBack > 0 ? ["held_back": "\(heldBack)"] : [:]
        logger.warning("\(text)", metadata: metadata.merging(more) { $1 })
    }
}
