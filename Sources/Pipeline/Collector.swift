import Catalog
public import Jobs
public import Logging
import MediaModel
public import SQL
public import ServiceLifecycle
public import Storage

/// Removes folders whose time has come. Any number may run beside each other.
///
/// A folder's row goes last: whatever is killed in between, somebody removes the folder again, which is no error.
public struct Collector: Service {
    private let database: any Database
    private let store: any ObjectStore
    private let clock: JobClock
    private let interval: Int64
    private let logger: Logger
    /// Milliseconds after which another tries a folder whose removal failed, or whose remover died.
    private static let patience: Int64 = 300_000

    /// A collector.
    /// - Parameter interval: Milliseconds between two passes.
    public init(
        database: any Database, store: any ObjectStore, clock: JobClock = .system, interval: Int64 = 10_000,
        logger: Logger
    ) {
        self.database = database
        self.store = store
        self.clock = clock
        self.interval = interval
        self.logger = logger
    }

    /// Passes at the start and then in intervals, until a graceful shutdown or cancellation.
    public func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                try await pass()
            } catch {
                logger.warning("nothing was collected", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await clock.sleep(interval) }
        }
    }

    /// Removes every folder that is due; one that cannot be removed now is tried again later.
    /// - Returns: How many were removed.
    /// - Throws: `SQLFailure`.
    @discardableResult
    public func pass() async throws -> Int {
        var count = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let now = clock.now()
            // Mostly nothing is due; a look is cheaper than a transaction.
            guard try await database.read({ try Removals.isDue(at: now, in: $0) }) else { break }
            let due = try await database.transaction { connection in
                try Removals.claim(at: now, until: now + Self.patience, in: connection)
            }
            guard let due else { break }
            do {
                if try await remove(due) { count += 1 }
            } catch let error as StorageError {
                logger.warning(
                    "a folder could not be removed", metadata: ["folder": "\(due.folder)", "error": "\(error)"])
            }
        }
        return count
    }

    private func remove(_ due: Removals.Due) async throws -> Bool {
        let generation = ObjectKey.generation(folder: due.folder)
        let isServed = try await database.read { connection in
            guard let generation else { return false }
            return try Videos.servedGeneration(generation.video, in: connection) == generation.number
        }
        if !isServed { try await store.deleteAll(in: due.folder) }
        try await database.transaction { connection in
            if let generation, !isServed {
                try Generations.remove(video: generation.video, number: generation.number, in: connection)
            }
            try Removals.finish(due.id, in: connection)
        }
        return !isServed
    }
}
