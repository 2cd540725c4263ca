internal import Ground
import Catalog
import Logging
import SQL

extension UploadService {
    /// Takes up what an earlier run left behind. Call it once, before the first request.
    ///
    /// Uploads whose bytes are all there are finished; what nobody can resume is removed; bytes that were not verified
    /// are cut off; files without an upload are removed.
    public func recover() async throws {
        try await forEachOpen { _ in true }
        try await removeStrayFiles()
    }

    /// Takes up uploads that nobody will come back for, while others are written: their bytes are all there, but the
    /// store or the database was away when the last ones came, or the process that took them is gone and others share
    /// its folder. To be called now and then.
    public func takeUp() async throws {
        try await forEachOpen { [self] upload in
            let size = try await onDisk { [folder] in try folder.size(upload.id) }
            return upload.tokenHash.isEmpty || size == nil || size == upload.length
        }
    }

    /// Recovers the open uploads of this folder that nobody writes, and that `isWanted`.
    private func forEachOpen(_ isWanted: (Upload) async throws -> Bool) async throws {
        try await forEach(
            isWanted,
            in: { [folderID] cursor, connection in
                try Uploads.listOpen(after: cursor, folder: folderID, in: connection)
            }
        ) { upload in
            // Read again: whoever held it may have ended it.
            let current = try await database.read { try Uploads.find(id: upload.id, in: $0) }
            guard let current, current.state == .open else { return false }
            try await recover(current)
            return true
        }
    }

    /// Goes through uploads a page at a time and does something to each that `isWanted` and that nobody writes. One that
    /// fails is reported and left for the next time: it does not stand in the way of those behind it.
    /// - Parameter act: Returns whether it has done anything; the upload is held meanwhile.
    /// - Returns: For how many it has.
    @discardableResult
    private func forEach(
        _ isWanted: (Upload) async throws -> Bool = { _ in true },
        in page: @escaping @Sendable (_ cursor: String?, any SQLConnection) throws -> [Upload],
        act: (Upload) async throws -> Bool
    ) async throws -> Int {
        var cursor: String?
        var count = 0
        while true {
            let uploads = try await database.read { [cursor] in try page(cursor, $0) }
            for upload in uploads {
                try Task.checkCancellation()
                do {
                    guard try await isWanted(upload) else { continue }
                    let hold = try await locks.acquire(upload.id, interruptingAfter: .seconds(1 << 40))
                    defer { locks.release(hold) }
                    if try await act(upload) { count += 1 }
                } catch UploadError.locked {
                    // It is being written, here or by another process on the same folder.
                    continue
                } catch {
                    logger.warning(
                        "an upload could not be looked after",
                        metadata: ["upload": "\(upload.id)", "error": "\(error)"])
                }
            }
            guard let last = uploads.last else { return count }
            cursor = last.id
        }
    }

    private func recover(_ upload: Upload) async throws {
        let size = try await onDisk { [folder] in
            guard let file = try folder.openFile(upload.id) else { return Int64?.none }
            try file.synchronize()
            return try file.size()
        }
        let isOrphaned = upload.kind != .partial && upload.videoID == nil
        let canResume = !upload.tokenHash.isEmpty
        switch size {
        case _ where isOrphaned: try await end(upload)
        case let size? where upload.kind == .final && size != upload.length: _ = try await assemble(upload)
        case let size? where size == upload.length: _ = try await finish(upload, byteCount: size)
        case .some where canResume: break
        case .none where try await hasArrived(upload): _ = try await finish(upload, byteCount: upload.length ?? 0)
        default: canResume ? try await end(upload) : await discard(upload)
        }
    }

    /// Removes files that no row stands for: forms that were cut off, uploads that ended just before a crash.
    private func removeStrayFiles() async throws {
        let files = try await onDisk { [folder] in try folder.list() }
        // In this order: who makes a file holds it until its row is there.
        for file in files where !locks.isHeld(file) {
            let upload = try await database.read { try Uploads.find(id: file, in: $0) }
            let isNeeded = upload.map { $0.state == .open || ($0.state == .complete && $0.kind == .partial) } ?? false
            if !isNeeded { await removeFiles([file]) }
        }
    }

    /// Ends uploads whose time is over and forgets those that ended long enough before.
    ///
    /// An upload that ends is remembered for one more lifetime, so that its client learns that it is gone.
    /// - Returns: How many there were.
    @discardableResult
    public func sweep() async throws -> Int {
        let now = clock.now()
        return try await forEach(in: { [folderID] cursor, connection in
            try Uploads.listExpired(at: now, after: cursor, folder: folderID, in: connection)
        }) { upload in
            // Somebody who has just written it has prolonged it.
            try await sweep(upload.id, at: now)
        }
    }

    private func sweep(_ id: String, at now: Int64) async throws -> Bool {
        let current = try await database.read { try Uploads.find(id: id, in: $0) }
        guard let current, current.expiresAt <= now else { return false }
        guard current.state != .open else {
            try await end(current)
            return true
        }
        await removeFiles([id])
        return try await database.transaction { try Uploads.delete(id, in: $0) }
    }
}
