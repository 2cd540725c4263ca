import Accounts
import Synchronization

/// Sessions and counts in memory, with a switch that makes the store unreachable and a clock in whole seconds.
final class MemorySessionStore: SessionStore {
    private struct State {
        var now = 0
        var isReachable = true
        var sessions: [String: (session: Session, end: Int)] = [:]
        var failures: [String: (count: Int, end: Int)] = [:]
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

    func failures(key: String) async throws -> (count: Int, secondsLeft: Int) {
        try withState { state in
            guard let entry = state.failures[key], entry.end > state.now else { return (0, 0) }
            return (entry.count, entry.end - state.now)
        }
    }

    func countFailure(key: String, seconds: Int) async throws {
        try withState { state in
            let count = state.failures[key].map { $0.end > state.now ? $0.count : 0 } ?? 0
            state.failures[key] = (count + 1, state.now + seconds)
        }
    }

    func forgetFailures(key: String) async throws {
        try withState { $0.failures[key] = nil }
    }

    private func withState<Value: Sendable>(_ body: (inout sending State) -> sending Value) throws -> Value {
        try state.withLock { state in
            guard state.isReachable else { throw AccountsError.sessionStoreUnavailable }
            return body(&state)
        }
    }
}
