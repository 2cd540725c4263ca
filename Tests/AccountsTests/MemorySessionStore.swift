import Accounts
import Synchronization

/// Sessions, attempts and known clients in memory, with a switch that makes the store unreachable and a clock in whole
/// seconds.
final class MemorySessionStore: SessionStore {
    private struct State {
        var now = 0
        var isReachable = true
        var sessions: [String: (session: Session, end: Int)] = [:]
        var attempts: [String: Attempts] = [:]
        var known: [String: Int] = [:]
    }

    private struct Attempts {
        var count = 0
        var underWay = 0
        var end = Int.max
        var gate = 0
    }

    private let state = Mutex(State())

    /// Seconds that have passed.
    func advance(seconds: Int) {
        state.withLock { $0.now += seconds }
    }

    /// Whether the store answers.
    func setReachable(_ isReachable: Bool) {
        state.withLock { $0.isReachable = isReachable }
    }

    /// The digests and sessions that are kept.
    var sessions: [String: Session] {
        state.withLock { $0.sessions.mapValues(\.session) }
    }

    func save(_ session: Session, digest: String, seconds: Int) async throws {
        try withState { $0.sessions[digest] = (session, $0.now + seconds) }
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
            for limit in limits {
                let attempts = Self.attempts(limit.key, state)
                let all = attempts.count + attempts.underWay
                if limit.longestPause == nil {
                    if attempts.count >= limit.limit { return .refused(retryAfter: attempts.end - state.now) }
                    if all >= limit.limit { return .crowded }
                } else if all >= limit.limit, state.now < attempts.gate {
                    return .refused(retryAfter: attempts.gate - state.now)
                }
            }
            for limit in limits {
                var attempts = Self.attempts(limit.key, state)
                if limit.longestPause != nil, attempts.count + attempts.underWay >= limit.limit {
                    attempts.gate = state.now + limit.pause(after: attempts.count)
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
                switch outcome {
                case .void: break
                case .counted:
                    attempts.count += 1
                    if attempts.count == 1 || limit.isRenewed { attempts.end = state.now + limit.seconds }
                case .forgiven: attempts.count = 0
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

    private func withState<Value: Sendable>(_ body: (inout sending State) -> sending Value) throws -> Value {
        try state.withLock { state in
            guard state.isReachable else { throw AccountsError.sessionStoreUnavailable }
            return body(&state)
        }
    }
}
