internal import Catalog
internal import Foundation
internal import Ground
public import NIOCore
internal import Synchronization

/// Looks names up with a resolver that blocks and cannot be stopped, within limits.
///
/// Each lookup has a thread of its own until the resolver returns. Callers wait for ``Limits/patience`` at most: after that
/// the thread is on its own, and still counts, since a call of the C library that hangs cannot be ended from outside. So an
/// account whose names never answer holds ``Limits/perAccount`` threads, and the process never has more than
/// ``Limits/threads`` of them; ``Limits/kept`` are for hosts that were found before, however many accounts have names that
/// hang.
public final class NameLookups: Sendable {
    /// How much is done at a time.
    public struct Limits: Sendable {
        /// Most lookups under way.
        public var threads = 32
        /// Of these, how many are kept for hosts that were found in time the last time; one thread is for all in any case.
        public var kept = 8
        /// Most hosts that are known as found; those that were not used for longest are forgotten.
        public var known = 1024
        /// Most lookups under way for one account.
        public var perAccount = 2
        /// Most callers that wait for a thread; more are refused at once.
        public var waiting = 128
        /// Longest wait of a caller, for a thread and for the answer together.
        public var patience: Duration = .seconds(4)

        /// The usual: 32 threads, 8 of them kept, 2 an account, 128 waiting, 4 seconds.
        public init() {}
    }

    /// Why there is no answer.
    public enum Refusal: Error, Sendable, Hashable {
        /// The resolver did not answer in time.
        case late
        /// No thread was free in time, or too many callers wait already: the resolver was not asked.
        case crowded
    }

    private struct State {
        var waiting: [Lookup] = []
        var running = 0
        var runningByAccount: [String: Int] = [:]
    }

    private let resolver: Resolver
    private let limits: Limits
    private let state = Mutex(State())
    /// Hosts that were found in time when they were looked up last.
    private let known: BoundedCache<String, Bool>

    /// Lookups with a resolver.
    public init(_ resolver: Resolver, limits: Limits = Limits()) {
        self.resolver = resolver
        self.limits = limits
        known = BoundedCache(capacity: limits.known)
    }

    /// Lookups that a resolver has not returned from yet, of all accounts or of one.
    public func running(for account: String? = nil) -> Int {
        state.withLock { state in account.map { state.runningByAccount[$0] ?? 0 } ?? state.running }
    }

    /// Callers that wait for a thread.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// The addresses of a host.
    /// - Parameter account: Whose lookup it is.
    /// - Throws: ``Refusal``, `CancellationError`, or what the resolver throws.
    public func addresses(of host: String, port: Int, for account: String) async throws -> [SocketAddress] {
        // An address needs no lookup, and so no thread.
        if IPAddress(host) != nil { return [try SocketAddress(ipAddress: host, port: port)] }
        let lookup = Lookup(host: host, port: port, account: account)
        let timer = Task { [limits] in
            try await Task.sleep(for: limits.patience)
            self.giveUp(lookup, Refusal.late)
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lookup.wait(continuation)
                begin(lookup)
            }
        } onCancel: {
            giveUp(lookup, CancellationError())
        }
    }

    private func begin(_ lookup: Lookup) {
        state.withLock { $0.waiting.append(lookup) }
        startNext()
        // Only who got no thread counts among those who wait.
        let isRefused = state.withLock { state in
            guard state.waiting.count > limits.waiting, let place = state.waiting.firstIndex(where: { $0 === lookup })
            else { return false }
            state.waiting.remove(at: place)
            return true
        }
        if isRefused { lookup.end(.failure(Refusal.crowded)) }
    }

    private func giveUp(_ lookup: Lookup, _ error: any Error) {
        let hasThread = state.withLock { state in
            let count = state.waiting.count
            state.waiting.removeAll { $0 === lookup }
            return state.waiting.count == count
        }
        if hasThread, error is Refusal { known.removeAll { $0 == lookup.host } }
        lookup.end(.failure(hasThread || error is CancellationError ? error : Refusal.crowded))
    }

    /// Starts the lookups that have waited longest of accounts with room.
    private func startNext() {
        while let lookup = takeNext() {
            let thread = Thread { [self] in
                let outcome = Result { try resolver.addresses(lookup.host, lookup.port) }
                state.withLock { state in
                    state.running -= 1
                    state.runningByAccount[lookup.account, default: 1] -= 1
                    if state.runningByAccount[lookup.account] == 0 { state.runningByAccount[lookup.account] = nil }
                }
                if case .success = outcome, !lookup.hasEnded { known.insert(true, for: lookup.host, cost: 1) }
                lookup.end(outcome)
                startNext()
            }
            thread.name = "videohost.names"
            thread.start()
        }
    }

    private func takeNext() -> Lookup? {
        state.withLock { state in
            // Their callers left before they were queued.
            state.waiting.removeAll(where: \.hasEnded)
            guard state.running < limits.threads else { return nil }
            let isFree = state.running < max(1, limits.threads - limits.kept)
            let next = state.waiting.firstIndex {
                state.runningByAccount[$0.account] ?? 0 < limits.perAccount && (isFree || known[$0.host] == true)
            }
            guard let next else { return nil }
            let lookup = state.waiting.remove(at: next)
            state.running += 1
            state.runningByAccount[lookup.account, default: 0] += 1
            return lookup
        }
    }
}

/// One caller's lookup; answered once, whatever comes first.
private final class Lookup: Sendable {
    private enum Phase {
        case new
        case waited(CheckedContinuation<[SocketAddress], any Error>)
        case ended(Result<[SocketAddress], any Error>)
    }

    let host: String
    let port: Int
    let account: String
    private let phase = Mutex(Phase.new)

    init(host: String, port: Int, account: String) {
        self.host = host
        self.port = port
        self.account = account
    }

    var hasEnded: Bool {
        phase.withLock { phase in
            guard case .ended = phase else { return false }
            return true
        }
    }

    func wait(_ continuation: CheckedContinuation<[SocketAddress], any Error>) {
        let known = phase.withLock { phase -> Result<[SocketAddress], any Error>? in
            if case .ended(let outcome) = phase { return outcome }
            phase = .waited(continuation)
            return nil
        }
        if let known { continuation.resume(with: known) }
    }

    func end(_ outcome: Result<[SocketAddress], any Error>) {
        let waiter = phase.withLock { phase -> CheckedContinuation<[SocketAddress], any Error>? in
            switch phase {
            case .ended: return nil
            case .new:
                phase = .ended(outcome)
                return nil
            case .waited(let continuation):
                phase = .ended(outcome)
                return continuation
            }
        }
        waiter?.resume(with: outcome)
    }
}
