import Ground
import Logging
import SQL

/// Ends uploads that no request will end: after a crash, after a failed completion, and when their lifetime is over.
struct UploadRecovery: Sendable {
    private let database: any Database
    private let folder: UploadFolder
    private let locks: UploadLocks
    private let finalizer: UploadFinalizer
    private let clock: WallClock
    private let logger: Logger

    init(
        database: any Database, folder: UploadFolder, locks: UploadLocks, finalizer: UploadFinalizer, clock: WallClock,
        logger: Logger
    ) {
        self.database = database
        self.folder = folder
        self.locks = locks
        self.finalizer = finalizer
        self.clock = clock
        self.logger = logger
    }

    /// Recovers all open uploads of the folder that are not being written, and removes files without a row.
    func recoverAll() async throws {
        try await recoverOpen { _ in true }
        try await removeStrayFiles()
    }

    /// Recovers the open uploads that no client will continue: all their bytes have arrived but the store or the database
    /// failed at the end, or the process that received them is gone and this one shares its folder.
    func recoverStranded() async throws {
        try await recoverOpen { upload in
            let size = try await folder.size(upload.id)
            return !upload.isResumable || size == nil || size == upload.length
        }
    }

    /// Terminates open uploads whose lifetime is over, and deletes ended ones one lifetime later, so that their clients can
    /// learn that they are gone.
    /// - Returns: The number of both.
    func sweep() async throws -> Int {
        let now = clock.now()
        return try await forEach(in: { [folder] cursor, connection in
            try Uploads.listExpired(at: now, after: cursor, folder: folder.identity, in: connection)
        }) { upload in
            // A request that has just written it has extended its lifetime.
            guard upload.expiresAt <= now else { return false }
            switch upload.state.transition(on: .expire) {
            case .refused: return false
            case .state:
                try await finalizer.terminate(upload)
                return true
            case .deleted:
                await folder.remove([upload.id])
                return try await database.transaction { try Uploads.delete(upload.id, in: $0) }
            }
        }
    }

    private func recoverOpen(_ isWanted: (Upload) async throws -> Bool) async throws {
        try await forEach(
            isWanted,
            in: { [folder] cursor, connection in
                try Uploads.listOpen(after: cursor, folder: folder.identity, in: connection)
            }
        ) { upload in
            guard upload.isOpen else { return false }
            try await recover(upload)
            return true
        }
    }

    /// Visits uploads, a page at a time. One that fails is logged and left for the next time; the others are visited.
    /// - Parameters:
    ///   - isWanted: Whether to visit an upload, before its lock is taken. Uploads that are being written are not visited.
    ///   - visit: Called with the upload as it is under its lock; returns whether it has done anything.
    /// - Returns: The number of uploads for which `visit` has done something.
    @discardableResult
    private func forEach(
        _ isWanted: (Upload) async throws -> Bool = { _ in true },
        in page: @escaping @Sendable (_ cursor: String?, any SQLConnection) throws -> [Upload],
        visit: (Upload) async throws -> Bool
    ) async throws -> Int {
        var cursor: String?
        var count = 0
        while true {
            let uploads = try await database.read { [cursor] in try page(cursor, $0) }
            for upload in uploads {
                try Task.checkCancellation()
                do {
                    guard try await isWanted(upload) else { continue }
                    let lock = try await locks.acquire(upload.id, interruptingAfter: nil)
                    defer { locks.release(lock) }
                    // Read again: the previous holder may have ended it.
                    let current = try await database.read { try Uploads.find(id: upload.id, in: $0) }
                    if let current, try await visit(current) { count += 1 }
                } catch UploadError.locked {
                    continue
                } catch {
                    logger.warning(
                        "an upload could not be recovered or ended",
                        metadata: ["upload": "\(upload.id)", "error": "\(error)"])
                }
            }
            guard let last = uploads.last else { return count }
            cursor = last.id
        }
    }

    private func recover(_ upload: Upload) async throws {
        let opened = try await folder.open(upload.id)
        if let opened { try await folder.run { try opened.file.synchronize() } }
        switch opened?.size {
        case _ where upload.isOrphaned: try await finalizer.terminate(upload)
        case let size? where upload.kind == .final && size != upload.length: _ = try await finalizer.join(upload)
        case let size? where size == upload.length: _ = try await finalizer.complete(upload, byteCount: size)
        case .some where upload.isResumable: break
        case .none where try await finalizer.hasArrived(upload):
            _ = try await finalizer.complete(upload, byteCount: upload.length ?? 0)
        case _ where upload.isResumable: try await finalizer.terminate(upload)
        default: await finalizer.discard(upload)
        }
    }

    private func removeStrayFiles() async throws {
        // In this order: a request that creates a file holds its lock until the row is stored.
        for file in try await folder.list() where !locks.isHeld(file) {
            let upload = try await database.read { try Uploads.find(id: file, in: $0) }
            let isNeeded = upload.map { $0.isOpen || $0.isFinishedPart } ?? false
            if !isNeeded { await folder.remove([file]) }
        }
    }
}
