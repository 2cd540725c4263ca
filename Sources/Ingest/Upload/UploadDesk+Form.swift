public import Catalog
public import NIOCore
import SQL

extension UploadDesk {
    /// Takes a form with `title`, `description` and `file`, in any order, and makes a video of it, all or nothing.
    /// - Parameters:
    ///   - boundary: As ``FormBoundary`` reads it.
    ///   - bodyLength: The length of the whole form; `nil` if the client does not say.
    /// - Returns: The video.
    /// - Throws: ``UploadError``: `form`, `titleMissing`, `titleInvalid`, `fileMissing`, `empty`, `tooLarge`,
    ///   `noSpace`, `interrupted`.
    public func receiveForm<Body: AsyncSequence & Sendable>(
        ownerID: String, boundary: String, bodyLength: Int64?, _ body: Body
    ) async throws -> Video where Body.Element == ByteBuffer {
        let limit = configuration.maximumByteCount
        // The fields and boundaries around the file are small; the file itself is counted while it comes.
        guard (bodyLength ?? 0) <= limit + (1 << 20) else { throw UploadError.tooLarge(limit: limit) }
        try await checkSpace(bodyLength ?? 0)
        let now = clock.now()
        let upload = Identifier.make(prefix: .upload, at: now)
        let hold = try await locks.acquire(upload, interruptingAfter: .zero)
        defer { locks.release(hold) }
        // Until the form is whole there is no row, and after a crash a file without a row is removed.
        let form: UploadForm
        do {
            let file = try await onDisk { [folder] in try folder.createFile(upload) }
            let intake = makeIntake(file, at: 0, hold)
            form = try await interruptible(hold, intake) { [self] in
                try await read(body, boundary: boundary, into: intake, hold)
            }
        } catch {
            await removeFiles([upload])
            throw (error as? MultipartError).map { UploadError.form($0) } ?? error
        }
        guard let title = form.title, let fileName = form.fileName else {
            await removeFiles([upload])
            throw form.fileName == nil ? UploadError.fileMissing : UploadError.titleMissing
        }
        let video = Video(
            id: Identifier.make(prefix: .video, at: now), ownerID: ownerID, title: title,
            description: form.description, state: .uploading, createdAt: now)
        try await accept(
            video,
            Upload(
                id: upload, ownerID: ownerID, videoID: video.id, length: nil,
                metadata: UploadMetadata.text(of: ["filename": fileName]), tokenHash: "", createdAt: now,
                expiresAt: expiry))
        return video
    }

    /// Reads the form; its file goes to the disk.
    private func read<Body: AsyncSequence & Sendable>(
        _ body: Body, boundary: String, into intake: BodyIntake, _ hold: UploadLocks.Hold
    ) async throws -> UploadForm where Body.Element == ByteBuffer {
        let limit = configuration.maximumByteCount
        var parser = MultipartParser(boundary: boundary)
        var form = UploadForm()
        do {
            for try await buffer in body {
                hold.touch()
                for event in try parser.feed(buffer) {
                    guard let bytes = try form.take(event) else { continue }
                    guard try await intake.take(bytes, upTo: limit) else { throw UploadError.tooLarge(limit: limit) }
                }
            }
        } catch let error where !(error is UploadError || error is MultipartError) {
            throw UploadError.interrupted(received: 0)
        }
        guard !Task.isCancelled else { throw UploadError.interrupted(received: 0) }
        try parser.finish()
        try await intake.flush()
        return form
    }

    /// Makes the rows of a form that is whole and finishes its upload.
    private func accept(_ video: Video, _ upload: Upload) async throws {
        do {
            try await database.transaction { [folderID] connection in
                try Videos.insert(video, in: connection)
                try Uploads.insert(upload, folder: folderID, in: connection)
            }
            let file = try await onDisk { [folder] in try folder.openFile(upload.id) }
            guard let file else { throw UploadError.gone }
            try await seal(file, of: upload)
        } catch {
            await discard(upload)
            throw error
        }
    }
}
