import Catalog
internal import Ground
public import NIOCore
import SQL

extension UploadService {
    /// Takes a video's source as one body, all or nothing.
    ///
    /// When this returns the bytes are on the disk and the video is being processed. If it throws, the video is the
    /// draft that it was.
    /// - Parameters:
    ///   - byteCount: The length that the client promises; `nil` if it does not.
    ///   - fileName: The file's name for people, if there is one.
    /// - Throws: ``UploadError``: `empty`, `tooLarge`, `noSpace`, `quotaExceeded`, `videoNotFound`, `videoHasSource`,
    ///   `uploadInProgress`, `interrupted`.
    public func receive<Body: AsyncSequence & Sendable>(
        video: String, ownerID: String, byteCount: Int64?, fileName: String?, _ body: Body
    ) async throws where Body.Element == ByteBuffer {
        guard byteCount != 0 else { throw UploadError.empty }
        try await admit(byteCount ?? 0)
        let limit = configuration.maximumByteCount
        let now = clock.now()
        // Without a secret nobody can resume it: after a crash it is thrown away, unless all of it is there.
        let upload = Upload(
            id: Identifier.make(prefix: .upload, at: now), ownerID: ownerID, videoID: video, length: nil,
            metadata: UploadMetadata.text(of: ["videoId": video, "filename": fileName]), tokenHash: "", createdAt: now,
            expiresAt: expiry)
        let hold = try await locks.acquire(upload.id, interruptingAfter: .zero)
        defer { locks.release(hold) }
        try await insertClaiming(upload, reserving: byteCount ?? 0)
        await hooks.changed(video)
        do {
            let file = try await onDisk { [folder] in try folder.createFile(upload.id) }
            _ = try await write(
                body, to: file, of: upload, from: 0, upTo: byteCount ?? limit, expecting: byteCount, hold,
                checksum: nil,
                tooMany: .tooLarge(limit: byteCount ?? limit))
            try await seal(file, of: upload)
        } catch {
            await discard(upload)
            throw (error as? TooManyBytes)?.reason ?? error
        }
    }

    /// Brings a whole file to the disk, notes its length, so that a crash from here on loses nothing, and finishes it.
    func seal(_ file: UploadFile, of upload: Upload) async throws {
        let size = try await onDisk {
            try file.synchronize()
            return try file.size()
        }
        guard size > 0 else { throw UploadError.empty }
        var record = upload
        record.length = size
        let sealed = record
        _ = try await database.transaction { try Uploads.update(sealed, in: $0) }
        _ = try await finish(sealed, byteCount: size)
    }
}
