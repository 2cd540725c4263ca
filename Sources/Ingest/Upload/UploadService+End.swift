import Catalog
internal import Ground
import Logging
import MediaModel
import SQL
import Storage

extension UploadService {
    /// Ends an upload at its owner's wish and removes its bytes. A writer is stopped first.
    ///
    /// A complete upload loses only its URL: its bytes belong to the video.
    /// - Throws: ``UploadError``: `notFound`, `gone`, and `locked` while it is being finished or another process has it.
    public func terminate(_ address: UploadAddress) async throws {
        let hold = try await locks.acquire(try await live(address).id, interruptingAfter: .zero)
        defer { locks.release(hold) }
        try await end(try await live(address))
    }

    /// Ends the open uploads of a video that is about to be deleted. The video itself stays, as a draft.
    /// - Throws: ``UploadError/locked`` while one is being finished or another process has it.
    public func abandon(video: String) async throws {
        for upload in try await database.read({ try Uploads.list(video: video, in: $0) }) where upload.state == .open {
            let hold = try await locks.acquire(upload.id, interruptingAfter: .zero)
            defer { locks.release(hold) }
            try await end(upload, keepsVideo: true)
        }
    }

    /// Bytes that have arrived for a video whose upload is open, and how many there will be if that is known.
    public func progress(video: String) async throws -> (received: Int64, length: Int64?)? {
        let uploads = try await database.read { try Uploads.list(video: video, in: $0) }
        guard let upload = uploads.last(where: { $0.state == .open }) else { return nil }
        let size = try await onDisk { [folder] in try folder.size(upload.id) }
        return (size ?? upload.length ?? 0, upload.length)
    }

    /// Marks an upload as ended and removes its file. The caller holds it.
    func end(_ upload: Upload, keepsVideo: Bool = false) async throws {
        let now = clock.now()
        try await deleteObjectWithoutSource(of: upload)
        let remembered = expiry
        let video = try await database.transaction { connection -> String? in
            if let video = upload.videoID { _ = try Videos.lock(id: video, in: connection) }
            guard var current = try Uploads.lock(id: upload.id, in: connection), current.state != .terminated else {
                return nil
            }
            let before = current
            current.state = .terminated
            current.expiresAt = remembered
            // Only that there was one is remembered, not the kilobytes that its client had it keep.
            current.metadata = nil
            current.parts = []
            try Uploads.update(current, in: connection)
            if before.state == .open { try Uploads.giveBackParts(of: before, in: connection) }
            guard before.state == .open, let video = before.videoID else { return nil }
            try Self.giveBack(video, of: before, keepsIt: keepsVideo, at: now, in: connection)
            return video
        }
        await removeFiles([upload.id])
        if let video { await hooks.changed(video) }
    }

    /// Undoes an upload that nobody can resume, and leaves nothing of it behind.
    func discard(_ upload: Upload) async {
        // The request that it belonged to may have been cancelled; this has to run all the same.
        await Task {
            do {
                let now = clock.now()
                try await deleteObjectWithoutSource(of: upload)
                try await database.transaction { connection in
                    if let video = upload.videoID { _ = try Videos.lock(id: video, in: connection) }
                    guard try Uploads.lock(id: upload.id, in: connection)?.state != .complete else { return }
                    try Uploads.delete(upload.id, in: connection)
                    try Uploads.giveBackParts(of: upload, in: connection)
                    guard let video = upload.videoID else { return }
                    try Self.giveBack(video, of: upload, at: now, in: connection)
                }
                await removeFiles([upload.id])
            } catch {
                logger.warning("an upload was left behind", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
            }
            if let video = upload.videoID { await hooks.changed(video) }
        }.value
    }

    /// Deletes the object that an upload became if its transaction never came. Before the upload gives the video free:
    /// afterwards the object could be another upload's.
    private func deleteObjectWithoutSource(of upload: Upload) async throws {
        guard let video = upload.videoID, upload.kind != .partial else { return }
        let isOurs = try await database.read { connection in
            let isOpen = try Uploads.find(id: upload.id, in: connection)?.state == .open
            return try isOpen && Sources.find(video: video, in: connection) == nil
        }
        let key = ObjectKey.source(video: video)
        if isOurs, try await store.size(of: key) != nil { try await store.delete(key) }
    }

    /// A video without its upload is a draft again, or nothing if the upload had brought it into being.
    private static func giveBack(
        _ video: String, of upload: Upload, keepsIt: Bool = false, at time: Int64, in connection: any SQLConnection
    ) throws {
        guard try Videos.find(id: video, in: connection)?.making == .uploading else { return }
        let metadata = try? UploadMetadata(upload.metadata ?? "")
        if !keepsIt, metadata?.values["videoId"] == nil {
            try Videos.delete(video, in: connection)
        } else {
            try Videos.apply(.uploadAbandoned, to: video, at: time, in: connection)
        }
    }
}
