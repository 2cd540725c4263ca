internal import Catalog
internal import Ground
internal import SQL
internal import Synchronization

/// Decides whether the objects, playlists and images of a generation may be sent; each request for one asks it first.
///
/// A decision holds for ``lifetime``, so that not every segment costs a query. A process that blocks or deletes a video
/// notifies all nodes (``VideoChanges/withdraw(video:)``); a node that misses the message keeps its decision until the time
/// is over.
public final class PlaybackGate: Sendable {
    private enum Verdict {
        case open
        case blocked
        /// No such video or generation, or one that failed.
        case absent
    }

    private struct Key: Hashable {
        let video: String
        let generation: Int
    }

    private struct Known {
        let verdict: Verdict
        let at: Int64
        let renewal = Renewal()
    }

    /// Whether somebody reads a decision again because its time is nearly over.
    private final class Renewal: Sendable {
        private let hasBegun = Atomic(false)
        var isUnderWay: Bool { hasBegun.load(ordering: .relaxed) }
        /// - Returns: Whether it had not begun.
        func begin() -> Bool { !hasBegun.exchange(true, ordering: .relaxed) }
    }

    /// Milliseconds for which a decision is cached.
    static let lifetime: Int64 = 4_000
    /// Milliseconds after which one request reads a decision again, while the others go by the known one.
    static let renewal: Int64 = 3_000

    private let database: any Database
    private let clock: WallClock
    private let verdicts = BoundedCache<Key, Known>(capacity: 10_000)
    private let responses: ResponseCache
    /// Number of withdrawals; a decision that was read before one is not cached after it.
    private let withdrawals = Mutex(0)

    /// - Parameter responses: Sent without a call of ``check(video:generation:isFresh:)`` while ``isOpen(video:generation:at:)``.
    init(database: any Database, clock: WallClock, responses: ResponseCache) {
        self.database = database
        self.clock = clock
        self.responses = responses
    }

    /// Makes sure that a generation's objects may be sent.
    /// - Parameter isFresh: Whether the database is asked in any case.
    /// - Throws: ``Problem`` with 403 `video_blocked` or 404, `SQLFailure`.
    func check(video: String, generation: Int, isFresh: Bool = false) async throws {
        let (key, now) = (Key(video: video, generation: generation), clock.now())
        let (known, before) = withdrawals.withLock { (verdicts[key], $0) }
        let verdict: Verdict
        // The lower bound: a clock that was set back must not prolong a decision.
        if !isFresh, let known, (0..<Self.lifetime).contains(now - known.at),
            now - known.at < Self.renewal || !known.renewal.begin()
        {
            verdict = known.verdict
        } else {
            verdict = try await database.read { connection in
                guard let row = try Videos.find(id: video, in: connection) else { return .absent }
                if row.state == .blocked { return .blocked }
                let states = try Generations.states(video: video, in: connection)
                let state = states.first { $0.number == generation }?.state
                return state == nil || state == .failed ? .absent : .open
            }
            withdrawals.withLock { count in
                if count == before { verdicts.insert(Known(verdict: verdict, at: now), for: key) }
            }
        }
        switch verdict {
        case .open: return
        case .blocked: throw Problem(.videoBlocked)
        case .absent: throw Problem.notFound()
        }
    }

    /// Whether it is known that a generation's objects may be sent. Shortly before the decision's time is over it is not,
    /// until a request that was told so calls ``check(video:generation:isFresh:)``.
    func isOpen(video: String, generation: Int, at now: Int64) -> Bool {
        guard let known = verdicts[Key(video: video, generation: generation)], known.verdict == .open else {
            return false
        }
        let age = now - known.at
        return (0..<Self.renewal).contains(age) || ((0..<Self.lifetime).contains(age) && known.renewal.isUnderWay)
    }

    /// Forgets what is known of a video, or of all if it is not known which one has changed.
    public func withdraw(video: String?) {
        withdrawals.withLock { count in
            count += 1
            verdicts.removeAll { key, _ in video == nil || key.video == video }
        }
        responses.remove(video: video)
    }
}
