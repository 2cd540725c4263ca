internal import Accounts
public import Catalog
internal import Ground
public import NIOCore
import SQL

extension UploadService {
    /// Takes a form with `title`, `description` and `file`, in any order, and makes a video of it, all or nothing.
    /// - Parameters:
    ///   - boundary: As ``FormBoundary`` reads it.
    ///   - bodyLength: The length of the whole form; `nil` if the client does not say.
    /// - Returns: The video.
    /// - Throws: ``UploadError``: `form`, `titleMissing`, `titleInvalid`, `fileMissing`, `empty`, `tooLarge`,
    ///   `noSpace`, `quotaExceeded`, `interrupted`.
    public func receiveForm<Body: AsyncSequence & Sendable>(
        ownerID: String, boundary: String, bodyLength: Int64?, _ body: Body
    ) async throws -> Video where Body.Element == ByteBuffer {
        let limit = configuration.maximumByteCount
        // The fields and boundaries around the file are small; the file itself is counted while it comes.
        guard (bodyLength ?? 0) <= limit + (1 << 20) else { throw UploadError.tooLarge(limit: limit) }
        try await checkSpace(bodyLength ?? 0)
        let now = clock.now()
        // Without a video nobody can finish it: after a crash it is thrown away with its file.
        let upload = Upload(
            id: Identifier.make(prefix: .upload, at: now), ownerID: ownerID, videoID: nil, length: nil, metadata: nil,
            tokenHash: "", createdAt: now, expiresAt: expiry)
        let hold = try await locks.acquire(upload.id, interruptingAfter: .zero)
        defer { locks.release(hold) }
        try await database.transaction { [self] connection in
            try admit(upload, reserving: bodyLength ?? 0, videos: 1, in: connection)
            try Uploads.insert(upload, folder: folderID, reserving: bodyLength ?? 0, in: connection)
        }
        var record = upload
        do {
            let file = try await onDisk { [folder] in try folder.createFile(upload.id) }
            let intake = makeIntake(file, at: 0, hold)
            let reserved = try await reservation(of: upload)
            let form = try await interruptible(hold, intake) { [self] in
                try await read(body, boundary: boundary, into: intake, of: upload, reserved: reserved, hold)
            }
            guard let title = form.title, let fileName = form.fileName else {
                throw form.fileName == nil ? UploadError.fileMissing : UploadError.titleMissing
            }
            let video = Video(
                id: Identifier.make(prefix: .video, at: now), ownerID: ownerID, title: title,
                description: form.description, state: .uploading, createdAt: now)
            record.videoID = video.id
            record.metadata = UploadMetadata.text(of: ["filename": fileName])
            try await insert(video, claimedBy: record)
            try await seal(file, of: record)
            return video
        } catch {
            await discard(record)
            throw (error as? MultipartError).map { UploadError.form($0) } ?? error
        }
    }

    /// Reads the form; its file goes to the disk.
    private func read<Body: AsyncSequence & Sendable>(
        _ body: Body, boundary: String, into intake: UploadWriter, of upload: Upload, reserved: Int64,
        _ hold: UploadLocks.UploadLock
    ) async throws -> UploadForm where Body.Element == ByteBuffer {
        let limit = configuration.maximumByteCount
        var parser = MultipartParser(boundary: boundary)
        var form = UploadForm()
        var allowed = reserved
        do {
            for try await buffer in body {
                hold.touch()
                for event in try parser.feed(buffer) {
                    guard let bytes = try form.take(event) else { continue }
                    let needed = await intake.position + Int64(bytes.readableBytes)
                    if needed > allowed, needed <= limit {
                        allowed = try await extendReservation(of: upload, to: needed)
                    }
                    guard try await intake.take(bytes, upTo: limit) else { throw UploadError.tooLarge(limit: limit) }
                }
            }
        } catch let error where !(error is UploadError || error is MultipartError || error is SQLFailure) {
            throw UploadError.interrupted(received: 0)
        }
        guard !Task.isCancelled else { throw UploadError.interrupted(received: 0) }
        try parser.finish()
        try await intake.flush()
        return form
    }

    /// Makes the video of a form that is whole.
    private func insert(_ video: Video, claimedBy upload: Upload) async throws {
        try await database.transaction { [self] connection in
            // Once more: others may have been made while the form came.
            try admit(.init(videos: 1), owner: upload.ownerID, in: connection)
            try Videos.insert(video, in: connection)
            try Uploads.update(upload, in: connection)
        }
    }
}
