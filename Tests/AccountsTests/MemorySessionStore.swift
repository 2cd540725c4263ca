import Accounts
import Synchronization

/// Stores sessions, attempts and known clients in memory; a test can make it unreachable. Its clock counts whole
/// seconds.
final class MemorySessionStore: SessionStore {
    private struct State {
        var now = 0
        var isReachable = true
        var sessions: [String: (session: Session, end: Int)] = [:]
        var order: [String] = []
        var attempts: [String: Attempts] = [:]
        var askers: [String: Asker] = [:]
        var known: [String: Int] = [:]
    }

    private struct Attempts {
        var count = 0
        var underWay = 0
        var end = Int.max
        var gate = 0
    }

    private struct Asker {
        var hasFailed = false
        var gate = 0
        var early = 0
        var end = Int.max
    }

    private let state = Mutex(State())

    /// Seconds that have passed.
    func advance(seconds: Int) {
        state.withLock { $0.now += seconds }
    }

    /// Whether the store responds.
    func setReachable(_ isReachable: Bool) {
        state.withLock { $0.isReachable = isReachable }
    }

    /// The stored digests and sessions.
    var sessions: [String: Session] {
        state.withLock { $0.sessions.mapValues(\.session) }
    }

    func save(_ session: Session, digest: String, seconds: Int) async throws {
        try withState { state in
            state.order.removeAll { $0 == digest }
            state.order.append(digest)
            state.sessions[digest] = (session, state.now + seconds)
            let own = state.order.filter { state.sessions[$0]?.session.userID == session.userID }
            for oldest in own.dropLast(Session.mostOfAccount) { state.sessions[oldest] = nil }
        }
    }

    func find(digest: String) async throws -> Session? {
        try withState { state in
            state.sessions[digest].flatMap { $0.end > state.now ? $0.session : nil }
        }
    }

    func remove(digest: String) async throws {
        try withState { $0.sessions[digest] = nil }
    }

    func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission {
        try withState { state in
            var gated: Set<String> = []
            var isFirst = false
            for limit in limits {
                let attempts = Self.attempts(limit.key, state)
                if attempts.count + attempts.underWay < limit.limit { continue }
                guard let longest = limit.longestPause else {
                    return attempts.count >= limit.limit ? .refused(retryAfter: attempts.end - state.now) : .crowded
                }
                if let name = limit.asker {
                    guard var asker = Self.asker(name, state) else {
                        isFirst = true
                        continue
                    }
                    if state.now < asker.gate {
                        asker.early += 1
                        asker.gate = max(asker.gate, state.now + min(longest, 1 << min(20, asker.early)))
                        asker.end = state.now + limit.seconds
                        state.askers[name] = asker
                        return .refused(retryAfter: asker.gate - state.now)
                    }
                }
                if attempts.count < limit.limit { return .crowded }
                if state.now < attempts.gate {
                    if let name = limit.asker {
                        state.askers[name]?.gate = attempts.gate
                        state.askers[name]?.end = state.now + limit.seconds
                    }
                    return .refused(retryAfter: attempts.gate - state.now)
                }
                gated.insert(limit.key)
            }
            for limit in limits {
                var attempts = Self.attempts(limit.key, state)
                let gate = state.now + min(limit.longestPause ?? 0, 1 << min(20, max(0, attempts.count - limit.limit)))
                if gated.contains(limit.key) { attempts.gate = gate }
                if let name = limit.asker, isFirst || gated.contains(limit.key) {
                    var asker = Self.asker(name, state) ?? Asker()
                    (asker.gate, asker.early, asker.end) = (gate, 0, state.now + limit.seconds)
                    state.askers[name] = asker
                }
                attempts.underWay += 1
                state.attempts[limit.key] = attempts
            }
            return .admitted
        }
    }

    func end(_ ended: [(limit: AttemptLimit, outcome: AttemptOutcome)]) async throws {
        try withState { state in
            for (limit, outcome) in ended {
                var attempts = Self.attempts(limit.key, state)
                attempts.underWay = max(0, attempts.underWay - 1)
                if let name = limit.asker {
                    if outcome == .counted {
                        var asker = Self.asker(name, state) ?? Asker()
                        (asker.hasFailed, asker.end) = (true, state.now + limit.seconds)
                        state.askers[name] = asker
                    } else if Self.asker(name, state)?.hasFailed == false {
                        state.askers[name] = nil
                    }
                }
                switch outcome {
                case .void: break
                case .counted:
                    attempts.count += 1
                    if attempts.count == 1 || limit.isRenewed { attempts.end = state.now + limit.seconds }
                case .forgiven: (attempts.count, attempts.gate) = (0, 0)
                }
                state.attempts[limit.key] = attempts
            }
        }
    }

    func setKnown(key: String, seconds: Int) async throws {
        try withState { $0.known[key] = $0.now + seconds }
    }

    func isKnown(key: String) async throws -> Bool {
        try withState { state in state.known[key].map { $0 > state.now } ?? false }
    }

    private static func attempts(_ key: String, _ state: State) -> Attempts {
        state.attempts[key].flatMap { $0.end > state.now ? $0 : nil } ?? Attempts()
    }

    private static func asker(_ name: String, _ state: State) -> Asker? {
        state.askers[name].flatMap { $0.end > state.now ? $0 : nil }
    }

    private func withState<Value: Sendable>(_ body: (inout sending State) -> sending Value) throws -> Value {
        try state.withLock { state in
            guard state.isReachable else { throw AccountsError.sessionStoreUnavailable }
            return body(&state)
        }
    }
}
