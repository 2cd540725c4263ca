import Accounts
import Catalog
import Ground
import NIOCore
import SQL

/// Receives a video's source in one request, all or nothing: as the whole body, or as the file of a form.
///
/// Nobody can resume such an upload. After a crash it is removed, unless all its bytes have arrived.
struct DirectUploads: Sendable {
    private let maximumByteCount: Int64
    private let database: any Database
    private let folder: UploadFolder
    private let locks: UploadLocks
    private let quota: UploadQuota
    private let admission: UploadAdmission
    private let finalizer: UploadFinalizer
    private let expiry: UploadExpiry
    private let clock: WallClock
    private let writing: UploadWriter.Shared
    private let changed: @Sendable (String) async -> Void

    /// Most bytes of a form around its file.
    private static let formOverhead: Int64 = 1 << 20

    init(
        maximumByteCount: Int64, database: any Database, folder: UploadFolder, locks: UploadLocks, quota: UploadQuota,
        admission: UploadAdmission, finalizer: UploadFinalizer, expiry: UploadExpiry, clock: WallClock,
        writing: UploadWriter.Shared, changed: @escaping @Sendable (String) async -> Void
    ) {
        self.maximumByteCount = maximumByteCount
        self.database = database
        self.folder = folder
        self.locks = locks
        self.quota = quota
        self.admission = admission
        self.finalizer = finalizer
        self.expiry = expiry
        self.clock = clock
        self.writing = writing
        self.changed = changed
    }

    /// Receives a body as the source of a video: ``UploadService/receive(video:ownerID:byteCount:fileName:_:)``.
    func receive<Body: AsyncSequence & Sendable>(
        video: String, ownerID: String, byteCount: Int64?, fileName: String?, _ body: Body
    ) async throws where Body.Element == ByteBuffer {
        guard byteCount != 0 else { throw UploadError.empty }
        try await admission.checkSize(byteCount ?? 0)
        let upload = newUpload(
            ownerID: ownerID, video: video, metadata: UploadMetadata.text(of: ["videoId": video, "filename": fileName]))
        let lock = try await locks.acquire(upload.id, interruptingAfter: nil)
        defer { locks.release(lock) }
        try await admission.insert(upload, reserving: byteCount ?? 0)
        await changed(video)
        do {
            let limit = byteCount ?? maximumByteCount
            let file = try await folder.create(upload.id)
            let target = UploadWriter.Target(
                file: file, start: 0, limit: limit, overflow: .tooLarge(limit: limit), isSource: true,
                length: byteCount)
            let writer = UploadWriter(
                target, lock: lock, reservation: try await quota.reservation(of: upload), sharing: writing)
            _ = try await writer.write(body, through: RawBodyDecoder(expectedByteCount: byteCount))
            try await complete(upload, file)
        } catch UploadError.rejected(let rejection) {
            await finalizer.discard(upload, leaving: .rejected(rejection))
            throw UploadError.rejected(rejection)
        } catch {
            await finalizer.discard(upload)
            throw error
        }
    }

    /// Receives a form and creates a video from it: ``UploadService/receiveForm(ownerID:boundary:bodyLength:_:)``.
    func receiveForm<Body: AsyncSequence & Sendable>(
        ownerID: String, boundary: String, bodyLength: Int64?, _ body: Body
    ) async throws -> Video where Body.Element == ByteBuffer {
        guard (bodyLength ?? 0) <= maximumByteCount + Self.formOverhead else {
            throw UploadError.tooLarge(limit: maximumByteCount)
        }
        try await folder.checkSpace(bodyLength ?? 0)
        var upload = newUpload(ownerID: ownerID, video: nil, metadata: nil)
        let lock = try await locks.acquire(upload.id, interruptingAfter: nil)
        defer { locks.release(lock) }
        try await admission.insert(upload, reserving: bodyLength ?? 0, videos: 1)
        do {
            let file = try await folder.create(upload.id)
            let target = UploadWriter.Target(
                file: file, start: 0, limit: maximumByteCount, overflow: .tooLarge(limit: maximumByteCount),
                isSource: true, length: nil)
            let writer = UploadWriter(
                target, lock: lock, reservation: try await quota.reservation(of: upload), sharing: writing)
            let form = try await writer.write(body, through: UploadForm(boundary: boundary))
            let video = try newVideo(form, of: upload)
            upload.videoID = video.id
            upload.metadata = UploadMetadata.text(of: ["filename": form.fileName])
            try await insert(video, claimedBy: upload)
            try await complete(upload, file)
            return video
        } catch {
            await finalizer.discard(upload)
            // No byte of a form remains.
            if case UploadError.interrupted = error { throw UploadError.interrupted(received: 0) }
            throw error
        }
    }

    private func newUpload(ownerID: String, video: String?, metadata: String?) -> Upload {
        let now = clock.now()
        return Upload(
            id: Identifier.make(prefix: .upload, at: now), ownerID: ownerID, videoID: video, length: nil,
            metadata: metadata, tokenHash: "", createdAt: now, expiresAt: expiry.next)
    }

    private func newVideo(_ form: UploadForm, of upload: Upload) throws(UploadError) -> Video {
        guard form.fileName != nil else { throw .fileMissing }
        guard let title = form.title else { throw .titleMissing }
        return Video(
            id: Identifier.make(prefix: .video, at: upload.createdAt), ownerID: upload.ownerID, title: title,
            description: form.description, state: .uploading, createdAt: upload.createdAt)
    }

    private func insert(_ video: Video, claimedBy upload: Upload) async throws {
        try await database.transaction { [quota] connection in
            // Checked again: the account may have got other videos while the form arrived.
            try quota.admit(.init(videos: 1), owner: upload.ownerID, in: connection)
            try Videos.insert(video, in: connection)
            try Uploads.update(upload, in: connection)
        }
    }

    /// Makes a whole file durable, stores its length, so that a crash from here on loses nothing, and completes its upload.
    private func complete(_ upload: Upload, _ file: UploadFile) async throws {
        let size = try await folder.run {
            try file.synchronize()
            return try file.size()
        }
        guard size > 0 else { throw UploadError.empty }
        var whole = upload
        whole.length = size
        let record = whole
        _ = try await database.transaction { try Uploads.update(record, in: $0) }
        _ = try await finalizer.complete(record, byteCount: size)
    }
}
