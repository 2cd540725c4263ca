import Catalog
public import NIOCore
import SQL

/// What comes with bytes for a resumable upload.
public struct UploadAppend: Sendable {
    /// Where the client believes the upload to stand.
    public var offset: Int64
    /// How many bytes the body will have; `nil` if it does not say.
    public var bodyLength: Int64?
    /// The upload's length, if it is said only now.
    public var uploadLength: Int64?
    /// The digest that the body must have.
    public var checksum: UploadChecksum?

    /// What comes with bytes.
    public init(
        offset: Int64, bodyLength: Int64? = nil, uploadLength: Int64? = nil, checksum: UploadChecksum? = nil
    ) {
        self.offset = offset
        self.bodyLength = bodyLength
        self.uploadLength = uploadLength
        self.checksum = checksum
    }
}

extension UploadService {
    /// How far an upload is.
    ///
    /// A client that hears that all bytes are there goes away and believes the upload done. So one whose finish failed,
    /// or whose process died in it, is finished first.
    /// - Throws: ``UploadError``: `notFound`, `gone`, `locked` while another request finishes it, and what finishing it
    ///   throws.
    public func status(_ address: UploadAddress) async throws -> UploadStatus {
        let upload = try await live(address)
        guard upload.state == .open else { return UploadStatus(upload: upload, offset: upload.length) }
        guard upload.kind != .final else { return UploadStatus(upload: upload, offset: nil) }
        let size = try await onDisk { [folder] in try folder.size(upload.id) }
        if let size, size != upload.length { return UploadStatus(upload: upload, offset: size) }
        let hold = try await locks.acquire(
            upload.id, interruptingAfter: .seconds(1 << 40), waiting: configuration.rivalPatience)
        defer { locks.release(hold) }
        let current = try await live(address)
        guard current.state == .open else { return UploadStatus(upload: current, offset: current.length) }
        guard try await onDisk({ [folder] in try folder.size(upload.id) }) == size else { throw UploadError.locked }
        guard let length = current.length else { throw UploadError.gone }
        if size == nil, try await !hasArrived(current) { throw UploadError.gone }
        return try await finish(current, byteCount: length)
    }

    /// Writes a body behind the bytes that are there, and finishes the upload if it was the last one.
    ///
    /// When this returns the bytes are on the disk. If the connection breaks, those that came are kept, unless they
    /// had to be compared with a checksum.
    /// - Throws: ``UploadError``: `notFound`, `gone`, `locked`, `offsetMismatch`, `lengthExceeded`, `lengthFixed`,
    ///   `tooLarge`, `noSpace`, `quotaExceeded`, `checksumMismatch`, `finalIsReadOnly`, `interrupted`, `videoHasSource`.
    public func append<Body: AsyncSequence & Sendable>(
        to address: UploadAddress, _ request: UploadAppend, _ body: Body
    ) async throws -> UploadStatus where Body.Element == ByteBuffer {
        guard try await live(address).kind != .final else { throw UploadError.finalIsReadOnly }
        let hold = try await locks.acquire(
            address.id, interruptingAfter: configuration.takeoverDelay, waiting: configuration.rivalPatience)
        defer { locks.release(hold) }
        // Read again: whoever held it may have ended it.
        var upload = try await live(address)
        let id = upload.id
        let opened = try await onDisk { [folder] in try folder.openFile(id).map { ($0, try $0.size()) } }
        guard upload.state == .open, let (file, start) = opened else {
            return try await appendNothing(request, to: upload)
        }
        guard request.offset == start else { throw UploadError.offsetMismatch(current: start) }
        try await setLength(request.uploadLength, of: &upload, at: start)
        let end = upload.length ?? configuration.maximumByteCount
        let tooMany: UploadError =
            upload.length.map { .lengthExceeded(length: $0) } ?? .tooLarge(limit: configuration.maximumByteCount)
        guard (request.bodyLength ?? 0) <= end - start else { throw tooMany }
        try await checkSpace(request.bodyLength ?? 0)
        if upload.length == nil, let length = request.bodyLength {
            _ = try await extendReservation(of: upload, to: start + length)
        }

        if request.checksum != nil { try await onDisk { [folder] in try folder.setMarker(id, trustedLength: start) } }
        let digest: [UInt8]?
        do {
            digest = try await write(
                body, to: file, of: upload, from: start, upTo: end, expecting: request.bodyLength, hold,
                checksum: request.checksum?.algorithm, tooMany: tooMany)
        } catch {
            try await keep(file, of: id, from: start, keepsBytes: request.checksum == nil && !(error is TooManyBytes))
            throw (error as? TooManyBytes)?.reason ?? error
        }
        guard digest == request.checksum?.digest else {
            try await keep(file, of: id, from: start, keepsBytes: false)
            throw UploadError.checksumMismatch
        }
        let size = try await onDisk { [folder] in
            try file.synchronize()
            if digest != nil { try folder.clearMarker(id) }
            return try file.size()
        }
        if size == upload.length { return try await finish(upload, byteCount: size) }
        return UploadStatus(upload: try await prolong(upload), offset: size)
    }

    /// Answers bytes for an upload whose file is full: only none at its end are right.
    private func appendNothing(_ request: UploadAppend, to upload: Upload) async throws -> UploadStatus {
        guard let length = upload.length else { throw UploadError.gone }
        if upload.state == .open {
            guard try await hasArrived(upload) else { throw UploadError.gone }
        }
        guard request.offset == length else { throw UploadError.offsetMismatch(current: length) }
        guard (request.bodyLength ?? 0) == 0 else { throw UploadError.lengthExceeded(length: length) }
        guard upload.state == .open else { return UploadStatus(upload: upload, offset: length) }
        return try await finish(upload, byteCount: length)
    }

    /// Fixes the length of an upload that had none.
    private func setLength(_ length: Int64?, of upload: inout Upload, at offset: Int64) async throws {
        guard let length else { return }
        if let known = upload.length {
            guard known == length else { throw UploadError.lengthFixed(length: known) }
            return
        }
        guard length >= offset else { throw UploadError.lengthFixed(length: offset) }
        try await admit(length - offset)
        guard length <= configuration.maximumByteCount else {
            throw UploadError.tooLarge(limit: configuration.maximumByteCount)
        }
        upload.length = length
        let record = upload
        try await database.transaction { [self] connection in
            try settleReservation(of: record, at: length, in: connection)
            try Uploads.update(record, in: connection)
        }
    }

    /// After a broken body: keeps what came, or goes back to where it started.
    private func keep(_ file: UploadFile, of id: String, from start: Int64, keepsBytes: Bool) async throws {
        try await onDisk { [folder] in
            if !keepsBytes { try file.truncate(to: start) }
            try file.synchronize()
            try folder.clearMarker(id)
        }
    }

    /// Lets a living upload live on.
    private func prolong(_ upload: Upload) async throws -> Upload {
        guard expiry - upload.expiresAt >= max(1, signInterval) else { return upload }
        var longer = upload
        longer.expiresAt = expiry
        let record = longer
        _ = try await database.transaction { try Uploads.update(record, in: $0) }
        return longer
    }
}
