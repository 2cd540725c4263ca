internal import Catalog
internal import Foundation
internal import Ground
public import NIOCore
internal import Synchronization

/// Finds the addresses of a host. Each delivery resolves its host once and connects to an address that was checked.
public struct Resolver: Sendable {
    /// Looks a name up. It may block without limit: ``NameLookups`` calls it on a thread of its own.
    let addresses: @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]

    /// A resolver that asks `addresses`, which may block.
    public init(addresses: @escaping @Sendable (_ host: String, _ port: Int) throws -> [SocketAddress]) {
        self.addresses = addresses
    }

    /// The resolver of the C library, which returns the address that it would connect to first.
    public static let system = Resolver { host, port in
        [try SocketAddress.makeAddressResolvingHost(host, port: port)]
    }
}

/// Looks names up with a resolver that blocks and cannot be stopped, within limits.
///
/// Each lookup has a thread of its own until the resolver returns. A caller waits for ``Limits/patience`` at most. After that
/// the thread goes on without a caller and still counts, because a hanging call of the C library cannot be ended from
/// outside. So an account whose names never answer holds at most ``Limits/perAccount`` threads, and the process never has
/// more than ``Limits/threads`` of them. ``Limits/kept`` threads are reserved for hosts that were found before, however many
/// accounts have names that hang. Callers that wait for a thread are served account by account in turn (``FairQueue``).
public final class NameLookups: Sendable {
    /// How many lookups run and wait, and for how long.
    public struct Limits: Sendable {
        /// Maximum number of lookups that run.
        public var threads = 32
        /// Of these, how many are reserved for hosts whose last lookup succeeded in time; at least one thread serves all hosts.
        public var kept = 8
        /// Maximum number of hosts remembered as found; the least recently used ones are forgotten.
        public var known = 1024
        /// Maximum number of lookups that run for one account.
        public var perAccount = 2
        /// Maximum number of callers that wait for a thread. Beyond it the account with the most loses its newest.
        public var waiting = 128
        /// Maximum wait of a caller, for a thread and for the answer together.
        public var patience: Duration = .seconds(4)

        /// 32 threads, 8 of them reserved, 2 per account, 128 waiting, 4 seconds.
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
        var waiting: FairQueue<Lookup>
        var running = Running()
    }

    /// The number of lookups that have a thread.
    private struct Running {
        var count = 0
        var byAccount: [String: Int] = [:]

        mutating func add(_ account: String) {
            count += 1
            byAccount[account, default: 0] += 1
        }

        mutating func remove(_ account: String) {
            count -= 1
            let others = (byAccount[account] ?? 1) - 1
            byAccount[account] = others > 0 ? others : nil
        }
    }

    private let resolver: Resolver
    private let limits: Limits
    private let state: Mutex<State>
    /// Hosts whose last lookup succeeded in time.
    private let known: BoundedCache<String, Bool>

    /// Lookups with a resolver.
    public init(_ resolver: Resolver, limits: Limits = Limits()) {
        self.resolver = resolver
        self.limits = limits
        state = Mutex(State(waiting: FairQueue(capacity: limits.waiting)))
        known = BoundedCache(capacity: limits.known)
    }

    /// The number of lookups from which the resolver has not returned yet, of all accounts or of one.
    public func running(for account: String? = nil) -> Int {
        state.withLock { state in account.map { state.running.byAccount[$0] ?? 0 } ?? state.running.count }
    }

    /// The number of callers that wait for a thread.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// The addresses of a host.
    /// - Parameter account: Whose lookup it is.
    /// - Throws: ``Refusal``, `CancellationError`, or what the resolver throws.
    public func addresses(of host: String, port: Int, for account: String) async throws -> [SocketAddress] {
        // An address needs no lookup.
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

    /// Starts a lookup if a thread is free for it, else queues it.
    private func begin(_ lookup: Lookup) {
        let refused = state.withLock { state -> Lookup? in
            // The caller was cancelled before the lookup was queued.
            if lookup.hasEnded { return nil }
            if canStart(lookup, state.running) {
                start(lookup, &state)
                return nil
            }
            // Lookups without a caller take no place in the queue.
            _ = state.waiting.removeAll(where: \.hasEnded)
            switch state.waiting.add(lookup, of: lookup.account) {
            case .waits: return nil
            case .replaces(let other): return other
            case .refused: return lookup
            }
        }
        refused?.end(.failure(Refusal.crowded))
    }

    /// Ends a lookup for its caller; the thread of a running lookup goes on.
    private func giveUp(_ lookup: Lookup, _ error: any Error) {
        let isQueued = state.withLock { state in
            state.waiting.remove(from: lookup.account) { $0 === lookup } != nil
        }
        if !isQueued, error is Refusal { known.removeAll { host, _ in host == lookup.host } }
        lookup.end(.failure(!isQueued || error is CancellationError ? error : Refusal.crowded))
    }

    /// Whether a thread is free for a lookup, within the limits of the process and of the account.
    private func canStart(_ lookup: Lookup, _ running: Running) -> Bool {
        guard running.count < limits.threads else { return false }
        let isUnreserved = running.count < max(1, limits.threads - limits.kept)
        return running.byAccount[lookup.account] ?? 0 < limits.perAccount
            && (isUnreserved || known[lookup.host] == true)
    }

    /// Counts a lookup as running and starts its thread.
    private func start(_ lookup: Lookup, _ state: inout State) {
        state.running.add(lookup.account)
        let thread = Thread { [self] in
            let outcome = Result { try resolver.addresses(lookup.host, lookup.port) }
            if case .success = outcome, !lookup.hasEnded { known.insert(true, for: lookup.host, cost: 1) }
            self.state.withLock { state in
                state.running.remove(lookup.account)
                startWaiting(&state)
            }
            lookup.end(outcome)
        }
        thread.name = "videohost.names"
        thread.start()
    }

    /// Starts every waiting lookup for which a thread is free.
    private func startWaiting(_ state: inout State) {
        while true {
            let running = state.running
            guard let lookup = state.waiting.next(where: { canStart($0, running) }) else { return }
            if !lookup.hasEnded { start(lookup, &state) }
        }
    }
}

/// One caller's lookup; it is answered once, by the first of result, time limit and cancellation.
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
