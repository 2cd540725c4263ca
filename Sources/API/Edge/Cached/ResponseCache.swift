internal import Ground
internal import Synchronization

/// Responses that were sent lately, ready to be sent again without asking the database or the store.
///
/// Bounded by ``capacity``. A response is only found while its lease holds (``ResponseLease``). Safe to use from any thread.
final class ResponseCache: Sendable {
    /// What decides which response a request gets.
    struct Key: Hashable, Sendable {
        private let target: String
        private let isCompressed: Bool
        private let hasOrigin: Bool

        /// The key of a GET; `nil` if no response to it is cached.
        /// - Parameters:
        ///   - target: Path and query.
        ///   - acceptEncoding: The values of `Accept-Encoding`.
        ///   - hasOrigin: Whether the request has an `Origin`.
        init?(target: String, acceptEncoding: [String], hasOrigin: Bool) {
            let isMedia = target.hasPrefix("/v/")
            guard isMedia || target.hasPrefix("/v1/videos/"), !target.utf8.contains(UInt8(ascii: "?")) else {
                return nil
            }
            self.target = target
            let isText = !isMedia || [".m3u8", ".mpd", ".vtt"].contains(where: target.hasSuffix)
            isCompressed = isText && AcceptEncoding.allowsGzip(acceptEncoding)
            // Shared caches keep media, so headers of those do not depend on who asks.
            self.hasOrigin = !isMedia && hasOrigin
        }
    }

    /// Highest cost of all responses, in bytes.
    static let capacity = 64 << 20
    /// Milliseconds after which a response that nobody has asked for is forgotten, so that files which were deleted are
    /// closed.
    private static let idleLimit: Int64 = 60_000

    private final class Held: Sendable {
        let response: CachedResponse
        let usedAt: Atomic<Int64>

        init(_ response: CachedResponse, at now: Int64) {
            self.response = response
            usedAt = Atomic(now)
        }
    }

    private let held = BoundedCache<Key, Held>(capacity: ResponseCache.capacity)
    private let sweptAt = Atomic<Int64>(0)
    let clock: WallClock

    init(clock: WallClock) {
        self.clock = clock
    }

    /// The response for a key, if there is one that may be sent now.
    func find(_ key: Key) -> CachedResponse? {
        guard let found = held[key] else { return nil }
        let now = clock.now()
        guard found.response.mayBeSent(at: now) else { return nil }
        found.usedAt.store(now, ordering: .relaxed)
        return found.response
    }

    /// Keeps a response, in place of an earlier one with the same key.
    func insert(_ response: CachedResponse, for key: Key) {
        held.insert(Held(response, at: clock.now()), for: key, cost: response.cost)
    }

    /// Forgets the responses of a video, or all.
    func remove(video: String?) {
        held.removeAll { _, held in video == nil || held.response.video == video }
    }

    /// Forgets what nobody has asked for lately; does so at most every few seconds, however often it is called.
    func sweep() {
        let (now, last) = (clock.now(), sweptAt.load(ordering: .relaxed))
        guard !(0..<Self.idleLimit / 4).contains(now - last),
            sweptAt.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
        else { return }
        held.removeAll { _, held in
            !(0..<Self.idleLimit).contains(now - held.usedAt.load(ordering: .relaxed))
        }
    }
}
