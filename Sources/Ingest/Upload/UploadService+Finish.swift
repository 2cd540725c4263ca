internal import Ground
import Catalog
import MediaModel
import SQL
import Storage

extension UploadService {
    /// Ends an upload whose bytes are all on the disk. May be called again after a crash at any point of it.
    ///
    /// The caller holds the upload. First the file becomes the video's object, then one transaction completes the
    /// upload and lets the pipeline have it.
    func finish(_ upload: Upload, byteCount: Int64) async throws -> UploadStatus {
        // Once begun it goes on even if its request ends: half of it would have to wait for the next start.
        try await Task { try await finishNow(upload, byteCount: byteCount) }.value
    }

    private func finishNow(_ upload: Upload, byteCount: Int64) async throws -> UploadStatus {
        var upload = upload
        upload.length = byteCount
        upload.state = .complete
        upload.expiresAt = expiry
        guard upload.kind != .partial else {
            let record = upload
            _ = try await database.transaction { try Uploads.update(record, in: $0) }
            return UploadStatus(upload: record, offset: byteCount)
        }
        guard let video = upload.videoID else { throw UploadError.gone }
        let completed = CompletedUpload(
            uploadID: upload.id, videoID: video, ownerID: upload.ownerID, objectKey: ObjectKey.source(video: video),
            byteCount: byteCount, fileName: Self.fileName(of: upload), time: clock.now())
        try await moveFile(completed)
        let record = upload
        try await database.transaction { [self] connection in
            // In the order video, upload, parts: two who lock in another would wait for each other.
            guard try Videos.lock(id: video, in: connection) != nil,
                let current = try Uploads.lock(id: record.id, in: connection), current.state != .terminated
            else { throw UploadError.gone }
            guard current.state == .open else { return }
            try Uploads.update(record, in: connection)
            try shortenParts(of: record, in: connection)
            do { try hooks.complete(completed, connection) } catch CatalogError.sourceExists {
                throw UploadError.videoHasSource
            }
        }
        await hooks.dispatch(completed)
        await hooks.changed(video)
        return UploadStatus(upload: record, offset: byteCount)
    }

    /// Makes the upload's file the video's object, unless that has happened.
    private func moveFile(_ completed: CompletedUpload) async throws {
        let path = folder.path(of: completed.uploadID)
        guard try await onDisk({ [folder] in try folder.size(completed.uploadID) }) != nil else {
            guard try await store.size(of: completed.objectKey) == completed.byteCount else { throw UploadError.gone }
            return
        }
        // An upload cannot replace a source: this one lost its video between its last byte and here.
        let isTaken = try await database.read { try Sources.find(video: completed.videoID, in: $0) != nil }
        guard !isTaken else { throw UploadError.videoHasSource }
        do { try await store.adopt(file: path, as: completed.objectKey) } catch StorageError.noSpace {
            throw UploadError.noSpace
        }
    }

    /// Whether an open upload without a file has one in the object store, because a crash came before its transaction.
    func hasArrived(_ upload: Upload) async throws -> Bool {
        guard let video = upload.videoID, let length = upload.length, upload.kind != .partial else { return false }
        let isTaken = try await database.read { try Sources.find(video: video, in: $0) != nil }
        return try await store.size(of: ObjectKey.source(video: video)) == length && !isTaken
    }

    private static func fileName(of upload: Upload) -> String {
        let metadata = try? UploadMetadata(upload.metadata ?? "")
        return metadata?.fileName.flatMap { DisplayFileName.clean($0) } ?? ""
    }

    /// The parts of a file that is complete need not be kept for long, only for a client that asks once more.
    private func shortenParts(of upload: Upload, in connection: any SQLConnection) throws {
        let soon = clock.now() + 3_600_000
        for id in Set(upload.parts).sorted() {
            guard var part = try Uploads.lock(id: id, in: connection), part.expiresAt > soon else { continue }
            part.expiresAt = soon
            try Uploads.update(part, in: connection)
        }
    }
}
