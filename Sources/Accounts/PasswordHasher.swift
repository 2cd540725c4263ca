internal import NIOPosix
internal import Synchronization

/// Hashes and checks passwords on threads of its own, few at a time and with a short queue.
///
/// A hash of cost 12 takes a third of a second of one core, so without the bound a burst of sign-ins would hold up
/// everything else; without own threads each one would hold one of Swift's.
final class PasswordHasher: Sendable {
    /// What ``Bcrypt`` gets as its cost for new hashes.
    let cost: Int
    private let limit: Int
    private let pool: NIOThreadPool
    private let pending = Atomic(0)
    private let decoy: String

    /// - Parameters:
    ///   - cost: Clamped to ``Bcrypt/costs``.
    ///   - threads: Hashes at the same time.
    ///   - queue: How many more may wait.
    init(cost: Int, threads: Int, queue: Int) {
        self.cost = min(max(cost, Bcrypt.costs.lowerBound), Bcrypt.costs.upperBound)
        limit = max(1, threads) + max(0, queue)
        decoy = Bcrypt.impossibleHash(cost: self.cost)
        pool = NIOThreadPool(numberOfThreads: max(1, threads))
        pool.start()
    }

    /// A new hash of a password.
    /// - Throws: ``AccountsError/busy``; `CancellationError` if the task is cancelled while it waits.
    func hash(_ password: String) async throws -> String {
        let cost = cost
        let hash = try await run { Bcrypt.hash(PasswordScheme.key(password), cost: cost) }
        guard let hash else { throw AccountsError.busy }
        return hash
    }

    /// Whether a password belongs to a hash. With no hash the answer is no and takes as long.
    /// - Throws: ``AccountsError/busy``; `CancellationError` if the task is cancelled while it waits.
    func verify(_ password: String, against hash: String?) async throws -> Bool {
        let hash = hash ?? decoy
        return try await run { Bcrypt.verify(PasswordScheme.key(password), against: hash) }
    }

    /// Ends the threads after the work they have.
    func shutdown() async {
        try? await pool.shutdownGracefully()
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async throws -> Value {
        guard pending.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
            pending.wrappingSubtract(1, ordering: .relaxed)
            throw AccountsError.busy
        }
        defer { pending.wrappingSubtract(1, ordering: .relaxed) }
        do {
            return try await pool.runIfActive(work)
        } catch is NIOThreadPoolError.ThreadPoolInactive {
            throw AccountsError.busy
        }
    }
}
