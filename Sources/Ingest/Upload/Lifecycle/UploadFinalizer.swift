import Catalog
import Ground
import Logging
import MediaModel
import SQL
import Storage

/// Ends uploads: completes them as a video's source, or removes them with what they have created.
///
/// The caller of every method holds the upload's lock.
struct UploadFinalizer: Sendable {
    private let database: any Database
    private let store: any ObjectStore
    private let folder: UploadFolder
    private let expiry: UploadExpiry
    private let clock: WallClock
    private let hooks: UploadService.Hooks
    private let logger: Logger

    /// What becomes of the video of an upload that ends without a file.
    enum VideoFate: Sendable {
        /// It is deleted if the upload has created it, and a draft again otherwise.
        case unused
        /// It is a draft again.
        case draft
        /// It is rejected, like the video of a whole file.
        case rejected(Rejection)
    }

    /// How long the parts of a complete file remain, for a client that asks about them.
    private static let partLifetime: Int64 = 3_600_000
    private static let copyBlock: Int64 = 8 << 20

    init(
        database: any Database, store: any ObjectStore, folder: UploadFolder, expiry: UploadExpiry, clock: WallClock,
        hooks: UploadService.Hooks, logger: Logger
    ) {
        self.database = database
        self.store = store
        self.folder = folder
        self.expiry = expiry
        self.clock = clock
        self.hooks = hooks
        self.logger = logger
    }

    // MARK: - Into a video

    /// Completes an upload whose bytes are all on the disk: moves its file to the object store, then completes its row and
    /// starts the processing in one transaction. May be repeated after a crash at any point.
    func complete(_ upload: Upload, byteCount: Int64) async throws -> UploadStatus {
        // A task of its own: it continues when its request is cancelled, because the rest would wait for the next start.
        try await Task {
            try await upload.kind == .partial
                ? completePart(upload, byteCount: byteCount) : completeSource(upload, byteCount: byteCount)
        }.value
    }

    private func completePart(_ upload: Upload, byteCount: Int64) async throws -> UploadStatus {
        let completed = completed(upload, byteCount: byteCount)
        try await database.transaction { connection in
            guard let current = try Uploads.lock(id: completed.id, in: connection), current.isOpen else {
                throw UploadError.gone
            }
            try Uploads.update(completed, in: connection)
            try Uploads.apply(.complete, to: completed.id, in: connection)
        }
        return UploadStatus(upload: completed, offset: byteCount)
    }

    private func completeSource(_ upload: Upload, byteCount: Int64) async throws -> UploadStatus {
        guard let video = upload.videoID else { throw UploadError.gone }
        let completed = completed(upload, byteCount: byteCount)
        let source = CompletedUpload(
            uploadID: upload.id, videoID: video, ownerID: upload.ownerID, objectKey: ObjectKey.source(video: video),
            byteCount: byteCount, fileName: Self.fileName(of: upload), time: clock.now())
        try await moveFile(source)
        try await database.transaction { [self] connection in
            // In the order video, upload, parts: transactions with another order would deadlock.
            guard try Videos.lock(id: video, in: connection) != nil,
                let current = try Uploads.lock(id: upload.id, in: connection), current.state != .terminated
            else { throw UploadError.gone }
            guard try Uploads.apply(.complete, to: upload.id, in: connection) else { return }
            try Uploads.update(completed, in: connection)
            try shortenParts(of: completed, in: connection)
            do { try hooks.complete(source, connection) } catch CatalogError.sourceExists {
                throw UploadError.videoHasSource
            }
        }
        await hooks.dispatch(source)
        await hooks.changed(video)
        return UploadStatus(upload: completed, offset: byteCount)
    }

    private func completed(_ upload: Upload, byteCount: Int64) -> Upload {
        var completed = upload
        completed.length = byteCount
        completed.expiresAt = expiry.next
        completed.apply(.complete)
        return completed
    }

    /// Makes the upload's file the video's object, unless that has been done.
    private func moveFile(_ source: CompletedUpload) async throws {
        guard try await folder.size(source.uploadID) != nil else {
            guard try await store.size(of: source.objectKey) == source.byteCount else { throw UploadError.gone }
            return
        }
        // An upload cannot replace a source: another one took the video since this upload's last byte.
        let isTaken = try await database.read { try Sources.find(video: source.videoID, in: $0) != nil }
        guard !isTaken else { throw UploadError.videoHasSource }
        do { try await store.adopt(file: folder.path(of: source.uploadID), as: source.objectKey) } catch StorageError
            .noSpace
        {
            throw UploadError.noSpace
        }
    }

    /// Whether an open upload without a file has its object in the store, because a crash came before its transaction.
    func hasArrived(_ upload: Upload) async throws -> Bool {
        guard let video = upload.videoID, let length = upload.length, upload.kind != .partial else { return false }
        let isTaken = try await database.read { try Sources.find(video: video, in: $0) != nil }
        return try await store.size(of: ObjectKey.source(video: video)) == length && !isTaken
    }

    private static func fileName(of upload: Upload) -> String {
        let metadata = try? UploadMetadata(upload.metadata ?? "")
        return metadata?.fileName.flatMap { DisplayFileName.clean($0) } ?? ""
    }

    private func shortenParts(of upload: Upload, in connection: any SQLConnection) throws {
        let soon = clock.now() + Self.partLifetime
        for id in Set(upload.parts).sorted() {
            guard var part = try Uploads.lock(id: id, in: connection), part.expiresAt > soon else { continue }
            part.expiresAt = soon
            try Uploads.update(part, in: connection)
        }
    }

    // MARK: - From parts

    /// Copies the parts of a final upload into its file and completes it. Starts again from the first part after a crash.
    func join(_ upload: Upload) async throws -> UploadStatus {
        guard let (whole, _) = try await folder.open(upload.id) else { throw UploadError.gone }
        try await folder.run { try whole.truncate(to: 0) }
        var size: Int64 = 0
        for (index, id) in upload.parts.enumerated() {
            guard let (part, _) = try await folder.open(id) else { throw UploadError.partNotFound(index: index) }
            size = try await append(part, to: whole, at: size)
        }
        try await folder.run { try whole.synchronize() }
        guard size == upload.length else { throw UploadError.gone }
        return try await complete(upload, byteCount: size)
    }

    /// Copies a part some megabytes at a time: other uploads get the folder's threads in between, and the disk keeps its
    /// reserve.
    /// - Returns: Where the whole ends then.
    private func append(_ part: UploadFile, to whole: UploadFile, at start: Int64) async throws -> Int64 {
        var offset: Int64 = 0
        while true {
            let copied = try await folder.run { [folder, offset] in
                try folder.requireSpace(Self.copyBlock)
                return try whole.copy(part, from: offset, at: start + offset, atMost: Self.copyBlock)
            }
            guard copied > 0 else { return start + offset }
            offset += copied
        }
    }

    // MARK: - Without a file

    /// Terminates an upload and removes its file.
    ///
    /// A complete upload loses only its address: its bytes belong to the video.
    /// - Parameter fate: What becomes of its video.
    func terminate(_ upload: Upload, leaving fate: VideoFate = .unused) async throws {
        try await deleteObjectWithoutSource(of: upload)
        let (now, expiresAt) = (clock.now(), expiry.next)
        let video = try await database.transaction { [self] connection -> String? in
            if let video = upload.videoID { _ = try Videos.lock(id: video, in: connection) }
            guard let before = try Uploads.lock(id: upload.id, in: connection),
                try Uploads.apply(.terminate, to: upload.id, in: connection)
            else { return nil }
            // The row remembers that the upload existed, without the client's metadata.
            var ended = before
            ended.expiresAt = expiresAt
            ended.metadata = nil
            ended.parts = []
            try Uploads.update(ended, in: connection)
            guard before.isOpen else { return nil }
            try Uploads.returnParts(of: before, in: connection)
            guard let video = before.videoID else { return nil }
            try release(video, of: before, leaving: fate, at: now, in: connection)
            return video
        }
        await folder.remove([upload.id])
        if let video { await hooks.changed(video) }
    }

    /// Removes an upload that nobody can resume, with its row. A failure is logged.
    /// - Parameter fate: What becomes of its video.
    func discard(_ upload: Upload, leaving fate: VideoFate = .unused) async {
        // A task of its own: it runs although the upload's request may have been cancelled.
        await Task {
            do {
                try await deleteObjectWithoutSource(of: upload)
                let now = clock.now()
                try await database.transaction { [self] connection in
                    if let video = upload.videoID { _ = try Videos.lock(id: video, in: connection) }
                    let current = try Uploads.lock(id: upload.id, in: connection)
                    guard current?.state.transition(on: .discard) != .refused else { return }
                    try Uploads.delete(upload.id, in: connection)
                    try Uploads.returnParts(of: upload, in: connection)
                    guard let video = upload.videoID else { return }
                    try release(video, of: upload, leaving: fate, at: now, in: connection)
                }
                await folder.remove([upload.id])
            } catch {
                logger.warning("an upload was left behind", metadata: ["upload": "\(upload.id)", "error": "\(error)"])
            }
            if let video = upload.videoID { await hooks.changed(video) }
        }.value
    }

    /// Deletes the object of an open upload whose transaction did not commit. Runs before the upload releases its video:
    /// afterwards the object could be another upload's.
    private func deleteObjectWithoutSource(of upload: Upload) async throws {
        guard let video = upload.videoID, upload.kind != .partial else { return }
        let isOurs = try await database.read { connection in
            let isOpen = try Uploads.find(id: upload.id, in: connection)?.isOpen ?? false
            return try isOpen && Sources.find(video: video, in: connection) == nil
        }
        let key = ObjectKey.source(video: video)
        if isOurs, try await store.size(of: key) != nil { try await store.delete(key) }
    }

    private func release(
        _ video: String, of upload: Upload, leaving fate: VideoFate, at time: Int64, in connection: any SQLConnection
    ) throws {
        guard try Videos.find(id: video, in: connection)?.making == .uploading else { return }
        let metadata = try? UploadMetadata(upload.metadata ?? "")
        switch fate {
        case .rejected(let rejection): try hooks.reject(video, rejection, time, connection)
        case .unused where metadata?.values["videoId"] == nil: try Videos.delete(video, in: connection)
        case .unused, .draft: try Videos.apply(.uploadAbandoned, to: video, at: time, in: connection)
        }
    }
}
