internal import Catalog
internal import Ground
internal import Logging
internal import Synchronization

/// Lets the same words through once in a while, and counts what it holds back.
struct WarningThrottle: Sendable {
    /// Milliseconds between two lines with the same words.
    static let period: Int64 = 30_000

    private var said: [String: (at: Int64, heldBack: Int)] = [:]

    /// - Returns: How many were held back since the last one; `nil` if this one is as well.
    mutating func pass(_ words: String, at now: Int64) -> Int? {
        if let last = said[words], now - last.at < Self.period {
            said[words] = (last.at, last.heldBack + 1)
            return nil
        }
        defer { said[words] = (now, 0) }
        return said[words]?.heldBack ?? 0
    }
}

/// Warnings of all rooms of a node, which has thousands of them and one store.
final class ThrottledWarnings: Sendable {
    private let logger: Logger
    private let clock: WallClock
    private let gate = Mutex(WarningThrottle())

    init(_ logger: Logger, clock: WallClock) {
        self.logger = logger
        self.clock = clock
    }

    /// Logs it unless the same words were logged a moment ago; the next line says how many were held back.
    /// - Parameter words: One of a few fixed texts.
    func warn(_ words: StaticString, _ metadata: Logger.Metadata) {
        let now = clock.now()
        guard let heldBack = gate.withLock({ $0.pass("\(words)", at: now) }) else { return }
        let more: Logger.Metadata = heldBack > 0 ? ["held_back": "\(heldBack)"] : [:]
        logger.warning("\(words)", metadata: metadata.merging(more) { $1 })
    }
}
