internal import Ground
internal import NIOPosix
internal import Synchronization

/// Hashes and checks passwords on a few threads of its own, with a bounded queue.
///
/// A hash of cost 12 takes a third of a second of one core, so without the bound a burst of sign-ins would hold up
/// everything else; without threads of its own each hash would block a thread of Swift's pool. Waiting clients take turns, so a
/// client that sends many requests delays only itself: see ``FairQueue``.
final class PasswordHasher: Sendable {
    /// Who wants a password hashed.
    struct Client: Sendable, Hashable {
        /// The clients that share a turn: a block of addresses.
        var group: String
        /// Whether somebody has signed in to the account from there before. Known clients and strangers are served alternately,
        /// each from a queue of their own.
        var isKnown = false
    }

    /// The cost of new hashes.
    let cost: Int
    private let threads: Int
    private let longestWait: Duration
    private let pool: NIOThreadPool
    private let state: Mutex<State>
    private let decoy: String

    private struct Waiter: Sendable {
        let number: UInt64
        let since: ContinuousClock.Instant
        let turn: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var running = 0
        var lastNumber: UInt64 = 0
        var known: FairQueue<Waiter>
        var strangers: FairQueue<Waiter>
        var servesKnownNext = true

        mutating func add(_ waiter: Waiter, of client: Client) -> FairQueue<Waiter>.Admission {
            client.isKnown ? known.add(waiter, of: client.group) : strangers.add(waiter, of: client.group)
        }

        mutating func remove(_ number: UInt64, of client: Client) -> Waiter? {
            client.isKnown
                ? known.remove(from: client.group) { $0.number == number }
                : strangers.remove(from: client.group) { $0.number == number }
        }

        mutating func removeLate(where isLate: (Waiter) -> Bool) -> [Waiter] {
            known.removeAll(where: isLate) + strangers.removeAll(where: isLate)
        }

        mutating func next() -> Waiter? {
            defer { servesKnownNext.toggle() }
            return servesKnownNext ? known.next() ?? strangers.next() : strangers.next() ?? known.next()
        }
    }

    /// - Parameters:
    ///   - cost: Clamped to ``Bcrypt/costs``.
    ///   - threads: Maximum number of concurrent hashes.
    ///   - queue: Maximum number of waiting requests, of known clients and of strangers each.
    ///   - longestWait: A request that has waited longer when a thread becomes free is refused.
    init(cost: Int, threads: Int, queue: Int, longestWait: Duration = .seconds(10)) {
        self.cost = min(max(cost, Bcrypt.costs.lowerBound), Bcrypt.costs.upperBound)
        self.threads = max(1, threads)
        self.longestWait = longestWait
        decoy = Bcrypt.impossibleHash(cost: self.cost)
        state = Mutex(State(known: FairQueue(capacity: queue), strangers: FairQueue(capacity: queue)))
        pool = NIOThreadPool(numberOfThreads: self.threads)
        pool.start()
    }

    /// A new hash of a password.
    /// - Throws: ``AccountsError/busy``; `CancellationError` if the task is cancelled while it waits.
    func hash(_ password: String, for client: Client) async throws -> String {
        let cost = cost
        let hash = try await run(client) { Bcrypt.hash(PasswordScheme.key(password), cost: cost) }
        guard let hash else { throw AccountsError.busy }
        return hash
    }

    /// Whether a password belongs to a hash. Without a hash the result is `false` and takes as long.
    /// - Throws: ``AccountsError/busy``; `CancellationError` if the task is cancelled while it waits.
    func verify(_ password: String, against hash: String?, for client: Client) async throws -> Bool {
        let hash = hash ?? decoy
        return try await run(client) { Bcrypt.verify(PasswordScheme.key(password), against: hash) }
    }

    /// Ends the threads after the running hashes.
    func shutdown() async {
        try? await pool.shutdownGracefully()
    }

    private func run<Value: Sendable>(
        _ client: Client, _ work: @escaping @Sendable () -> Value
    ) async throws -> Value {
        try await takeTurn(client)
        defer { giveTurn() }
        do {
            return try await pool.runIfActive(work)
        } catch is NIOThreadPoolError.ThreadPoolInactive {
            throw AccountsError.busy
        }
    }

    /// Waits for a free thread.
    private func takeTurn(_ client: Client) async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (turn: CheckedContinuation<Void, any Error>) in
                let waiter = Waiter(number: number, since: .now, turn: turn)
                let (turned, outcome) = state.withLock { state -> (Waiter?, Result<Void, any Error>) in
                    if Task.isCancelled { return (waiter, .failure(CancellationError())) }
                    if state.running < threads {
                        state.running += 1
                        return (waiter, .success(()))
                    }
                    switch state.add(waiter, of: client) {
                    case .waits: return (nil, .success(()))
                    case .replaces(let other): return (other, .failure(AccountsError.busy))
                    case .refused: return (waiter, .failure(AccountsError.busy))
                    }
                }
                turned?.turn.resume(with: outcome)
            }
        } onCancel: {
            state.withLock { $0.remove(number, of: client) }?.turn.resume(throwing: CancellationError())
        }
    }

    private func giveTurn() {
        let limit = ContinuousClock.now - longestWait
        let (late, next) = state.withLock { state in
            let late = state.removeLate { $0.since < limit }
            let next = state.next()
            if next == nil { state.running -= 1 }
            return (late, next)
        }
        next?.turn.resume()
        for waiter in late { waiter.turn.resume(throwing: AccountsError.busy) }
    }
}
