import Catalog
public import Ground
internal import Jobs
public import Logging
import MediaModel
public import SQL
public import ServiceLifecycle
public import Storage

/// Removes folders that are due, old drafts, and the sources of rejected videos. Any number of collectors can run at a time.
///
/// The row of a folder is deleted last. After a crash in between the folder is removed again, which is no error.
public struct GarbageCollector: Service {
    private let database: any Database
    private let store: any ObjectStore
    private let clock: WallClock
    private let interval: Int64
    private let lifetimes: Lifetimes
    private let changed: @Sendable (String) async -> Void
    private let logger: Logger
    /// The most videos that one pass looks at for each reason.
    private static let batch = 100
    /// Milliseconds after which the removal of a folder is tried again if it failed or the collector crashed.
    private static let patience: Int64 = 300_000

    /// How long drafts and rejected sources stay.
    public struct Lifetimes: Sendable, Hashable {
        /// Milliseconds from the last change of a draft to its removal; `nil` for never.
        public var draft: Int64?
        /// Milliseconds from the arrival of a rejected source to its removal; `nil` for never.
        public var rejectedSource: Int64?

        /// Lifetimes.
        public init(draft: Int64? = nil, rejectedSource: Int64? = nil) {
            self.draft = draft
            self.rejectedSource = rejectedSource
        }
    }

    /// A collector.
    /// - Parameters:
    ///   - interval: Milliseconds between two passes.
    ///   - lifetimes: How long drafts and rejected sources stay.
    ///   - changed: Called with the identifier of each video that is deleted.
    public init(
        database: any Database, store: any ObjectStore, clock: WallClock = .system, interval: Int64 = 10_000,
        lifetimes: Lifetimes = Lifetimes(), logger: Logger,
        changed: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.lifetimes = lifetimes
        self.changed = changed
        self.database = database
        self.store = store
        self.clock = clock
        self.interval = interval
        self.logger = logger
    }

    /// Makes a pass at the start and then in intervals, until a graceful shutdown or cancellation.
    public func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // A failure of one does not stop the other.
            do { try await expire() } catch {
                logger.warning("nothing has expired", metadata: ["error": "\(error)"])
            }
            do { try await pass() } catch {
                logger.warning("nothing was collected", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await clock.sleep(interval) }
        }
    }

    /// Removes every folder that is due; a folder that cannot be removed now is tried again later.
    /// - Returns: How many were removed.
    /// - Throws: `SQLFailure`.
    @discardableResult
    public func pass() async throws -> Int {
        var count = 0
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let now = clock.now()
            // Mostly nothing is due, and a read is cheaper than a transaction.
            guard try await database.read({ try DeletionQueue.isDue(at: now, in: $0) }) else { break }
            let due = try await database.transaction { connection in
                try DeletionQueue.claim(at: now, until: now + Self.patience, in: connection)
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

    /// Deletes drafts and rejected sources whose lifetime is over; ``pass()`` removes their folders.
    /// - Returns: How many.
    /// - Throws: `SQLFailure`.
    @discardableResult
    public func expire() async throws -> Int {
        let now = clock.now()
        var count = 0
        if let lifetime = lifetimes.draft {
            let drafts = try await database.read {
                try Videos.listDrafts(unchangedSince: now - lifetime, limit: Self.batch, in: $0)
            }
            for draft in drafts {
                let isGone = await expire(draft) { connection in
                    // Checked again under the lock: an upload can have begun meanwhile.
                    guard let video = try Videos.lock(id: draft, in: connection), video.state == .draft,
                        video.updatedAt < now - lifetime
                    else { return false }
                    return try Deletion.delete(video: draft, at: now, in: connection)
                }
                guard isGone else { continue }
                count += 1
                await changed(draft)
            }
        }
        if let lifetime = lifetimes.rejectedSource {
            let rejected = try await database.read {
                try Videos.listRejected(sentBefore: now - lifetime, limit: Self.batch, in: $0)
            }
            for video in rejected {
                let isGone = await expire(video) { connection in
                    // Checked again under the lock: an operator can have reprocessed the video meanwhile.
                    guard try Videos.lock(id: video, in: connection)?.state == .rejected else { return false }
                    return try Deletion.deleteSource(video: video, at: now, in: connection)
                }
                count += isGone ? 1 : 0
            }
        }
        return count
    }

    /// Deletes one draft or source. A failure is logged, and tried again with the next pass.
    private func expire(
        _ video: String, _ remove: @escaping @Sendable (any SQLConnection) throws -> Bool
    ) async -> Bool {
        do {
            return try await database.transaction(remove)
        } catch {
            logger.warning("a video has not expired", metadata: ["video.id": "\(video)", "error": "\(error)"])
            return false
        }
    }

    private func remove(_ due: DeletionQueue.Due) async throws -> Bool {
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
            try DeletionQueue.finish(due.id, in: connection)
        }
        return !isServed
    }
}
