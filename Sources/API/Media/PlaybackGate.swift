internal import Catalog
internal import SQL
internal import Synchronization

/// Decides whether what was made of a video may be sent: every object, playlist and picture asks it first.
///
/// A decision is kept for ``lifetime``, so that segments cost no query each. Whoever blocks or deletes a video tells all
/// nodes (``VideoChanges/withdraw(video:)``); one that does not hear it goes by what it knows until the time is over.
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

    private struct State {
        var verdicts: [Key: (verdict: Verdict, at: Int64)] = [:]
        /// Rises with each withdrawal: what was read before one is not kept after it.
        var withdrawals = 0
    }

    /// Milliseconds for which a decision is kept.
    static let lifetime: Int64 = 4_000
    private static let capacity = 10_000

    private let database: any Database
    private let clock: WallClock
    private let state = Mutex(State())

    init(database: any Database, clock: WallClock) {
        self.database = database
        self.clock = clock
    }

    /// Makes sure that a generation's objects may be sent.
    /// - Parameter isFresh: Whether the database is asked in any case.
    /// - Throws: ``Problem`` with 403 `video_blocked` or 404, `SQLFailure`.
    func check(video: String, generation: Int, isFresh: Bool = false) async throws {
        switch try await verdict(Key(video: video, generation: generation), isFresh: isFresh) {
        case .open: return
        case .blocked: throw Problem.videoBlocked
        case .absent: throw Problem.notFound()
        }
    }

    /// Forgets what is known of a video, or of all if it is not known which one has changed.
    public func withdraw(video: String?) {
        state.withLock { state in
            state.withdrawals += 1
            state.verdicts = video == nil ? [:] : state.verdicts.filter { $0.key.video != video }
        }
    }

    private func verdict(_ key: Key, isFresh: Bool) async throws -> Verdict {
        let now = clock.now()
        let (known, withdrawals) = state.withLock { ($0.verdicts[key], $0.withdrawals) }
        // A clock that was put back makes nothing last longer.
        if !isFresh, let known, (0..<Self.lifetime).contains(now - known.at) { return known.verdict }
        let verdict = try await database.read { connection -> Verdict in
            guard let video = try Videos.find(id: key.video, in: connection) else { return .absent }
            if video.state == .blocked { return .blocked }
            let states = try Generations.states(video: key.video, in: connection)
            let state = states.first { $0.number == key.generation }?.state
            return state == nil || state == .failed ? .absent : .open
        }
        state.withLock { state in
            guard state.withdrawals == withdrawals else { return }
            if state.verdicts.count >= Self.capacity { state.verdicts = [:] }
            state.verdicts[key] = (verdict, now)
        }
        return verdict
    }
}
