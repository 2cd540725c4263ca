public import Catalog
public import Ground
public import Logging
public import MediaModel
public import NIOCore
public import SQL
public import Storage

/// Receives files by any of three ways - tus, the body of a PUT, a form - until they are a video's source.
///
/// The bytes of an open upload are a file in a local folder, and the file's length is the upload's offset: no other counter
/// exists that a crash could falsify. A complete file moves to the object store; then one transaction completes the
/// upload and starts its processing. The program may crash after every step: ``recover()`` continues from there.
public final class UploadService: Sendable {
    /// What the service calls when uploads change.
    public struct Hooks: Sendable {
        /// Runs in the transaction that completes an upload; an error undoes the transaction.
        public var complete: @Sendable (CompletedUpload, any SQLConnection) throws -> Void
        /// Runs after that transaction: the upload's owner has new work.
        public var dispatch: @Sendable (CompletedUpload) async -> Void
        /// Runs after a video's state or upload has changed, with the video's id.
        public var changed: @Sendable (String) async -> Void
        /// Examines the first bytes of a file while its sender waits.
        public var inspect: Inspection
        /// Runs in the transaction that ends an upload whose first bytes are refused, with its video, the reason and the time in
        /// milliseconds since 1970; rejects the video.
        public var reject: @Sendable (String, Rejection, Int64, any SQLConnection) throws -> Void

        /// Gets the path of a file that is still being received and its announced length, if there is one. Returns why the whole
        /// file would be rejected; `nil` if the bytes do not tell.
        public typealias Inspection = @Sendable (_ path: String, _ byteCount: Int64?) async -> Rejection?

        /// The hooks.
        public init(
            complete: @escaping @Sendable (CompletedUpload, any SQLConnection) throws -> Void,
            dispatch: @escaping @Sendable (CompletedUpload) async -> Void = { _ in },
            changed: @escaping @Sendable (String) async -> Void = { _ in },
            inspect: @escaping Inspection = { _, _ in nil },
            reject: @escaping @Sendable (String, Rejection, Int64, any SQLConnection) throws -> Void
        ) {
            self.complete = complete
            self.dispatch = dispatch
            self.changed = changed
            self.inspect = inspect
            self.reject = reject
        }
    }

    /// Limits and timeouts.
    public let configuration: UploadConfiguration
    private let database: any Database
    private let clock: WallClock
    private let hooks: Hooks
    private let logger: Logger
    private let folder: UploadFolder
    private let locks: UploadLocks
    private let quota: UploadQuota
    private let expiry: UploadExpiry
    private let admission: UploadAdmission
    private let finalizer: UploadFinalizer
    private let recovery: UploadRecovery
    private let writing: UploadWriter.Shared
    private let direct: DirectUploads

    /// The service over its folder, which is created if it does not exist.
    /// - Throws: ``UploadError/system(call:code:)`` if the folder cannot be used.
    public init(
        _ configuration: UploadConfiguration, database: any Database, store: any ObjectStore,
        clock: WallClock = .system, logger: Logger, hooks: Hooks
    ) throws(UploadError) {
        self.configuration = configuration
        self.database = database
        self.clock = clock
        self.hooks = hooks
        self.logger = logger
        folder = try UploadFolder(
            path: configuration.folder, reservedByteCount: configuration.reservedByteCount, at: clock.now(),
            logger: logger)
        locks = try UploadLocks(folder: folder, interruptionTimeout: configuration.interruptionTimeout)
        quota = UploadQuota(configuration.quotas, database: database)
        expiry = UploadExpiry(configuration, database: database, clock: clock, logger: logger)
        admission = UploadAdmission(
            configuration, database: database, folder: folder, locks: locks, quota: quota, expiry: expiry, clock: clock)
        finalizer = UploadFinalizer(
            database: database, store: store, folder: folder, expiry: expiry, clock: clock, hooks: hooks,
            logger: logger)
        recovery = UploadRecovery(
            database: database, folder: folder, locks: locks, finalizer: finalizer, clock: clock, logger: logger)
        writing = UploadWriter.Shared(
            folder: folder, expiry: expiry, idleTimeout: configuration.idleTimeout, inspect: hooks.inspect)
        direct = DirectUploads(
            maximumByteCount: configuration.maximumByteCount, database: database, folder: folder, locks: locks,
            quota: quota, admission: admission, finalizer: finalizer, expiry: expiry, clock: clock, writing: writing,
            changed: hooks.changed)
    }

    /// Stops the service's threads, once all requests have ended.
    public func shutdown() async { await folder.shutdown() }

    /// Checks that `byteCount` more bytes leave the disk its reserve: for any request body that is written to the disk.
    /// - Throws: ``UploadError/noSpace``.
    public func checkSpace(_ byteCount: Int64) async throws { try await folder.checkSpace(byteCount) }

    // MARK: - Resumable uploads

    /// Creates an upload, and a video for it unless the metadata names one by `videoId`.
    ///
    /// An upload without bytes and one that is joined from parts is complete when this returns.
    /// - Throws: ``UploadError``: `tooLarge`, `noSpace`, `quotaExceeded`, `videoNotFound`, `videoHasSource`, `uploadInProgress`,
    ///   `titleInvalid`, `descriptionInvalid`, and for parts `partNotFound` and `partUnfinished`.
    public func create(_ request: NewUpload) async throws -> OpenedUpload {
        if case .final(let urls)? = request.concatenation { return try await join(urls, request) }
        try await admission.checkSize(request.length ?? 0)
        let kind = request.concatenation == .partial ? UploadKind.partial : .single
        return try await open(request, kind: kind) { upload in
            guard upload.length == 0 else { return UploadStatus(upload: upload, offset: 0) }
            return try await finalizer.complete(upload, byteCount: 0)
        }
    }

    private func join(_ urls: [String], _ request: NewUpload) async throws -> OpenedUpload {
        var parts: [Upload] = []
        for (index, url) in urls.enumerated() {
            guard let address = UploadAddress(url: url),
                let part = try? await live(address), part.kind == .partial, part.ownerID == request.ownerID
            else { throw UploadError.partNotFound(index: index) }
            guard part.isFinishedPart else { throw UploadError.partUnfinished(index: index) }
            parts.append(part)
        }
        // A thousand lengths below 10^18 can overflow.
        let length = parts.reduce(Int64(0)) { sum, part in
            let (total, overflow) = sum.addingReportingOverflow(part.length ?? 0)
            return overflow ? .max : total
        }
        try await admission.checkSize(length)
        var request = request
        request.length = length
        return try await open(request, kind: .final, parts: parts.map(\.id)) { upload in
            do { return try await finalizer.join(upload) } catch {
                await finalizer.discard(upload)
                throw error
            }
        }
    }

    /// Stores an upload and calls `body` with it. Its lock is held meanwhile: a process that starts on the same folder removes
    /// files without a row.
    private func open(
        _ request: NewUpload, kind: UploadKind, parts: [String] = [], _ body: (Upload) async throws -> UploadStatus
    ) async throws -> OpenedUpload {
        let now = clock.now()
        let address = UploadAddress(id: Identifier.make(prefix: .upload, at: now), token: RandomText.secret())
        let lock = try await locks.acquire(address.id, interruptingAfter: nil)
        defer { locks.release(lock) }
        let newVideo = kind == .partial ? nil : try request.newVideo(at: now)
        let video = kind == .partial ? nil : newVideo?.id ?? request.metadata.string("videoId")
        let upload = Upload(
            id: address.id, ownerID: request.ownerID, videoID: video, kind: kind, length: request.length,
            metadata: request.metadata.text, parts: parts, tokenHash: address.tokenHash, createdAt: now,
            expiresAt: expiry.next)
        try await admission.open(upload, with: newVideo)
        if let video { await hooks.changed(video) }
        return OpenedUpload(address: address, status: try await body(upload))
    }

    /// The progress of an upload.
    ///
    /// A client that learns that all bytes have arrived believes the upload complete. So an upload whose completion has failed,
    /// or was cut off by a crash, is completed first.
    /// - Throws: ``UploadError``: `notFound`, `gone`, `locked` while another request completes it, and errors of the
    ///   completion.
    public func status(_ address: UploadAddress) async throws -> UploadStatus {
        let upload = try await live(address)
        guard upload.isOpen else { return UploadStatus(upload: upload, offset: upload.length) }
        guard upload.kind != .final else { return UploadStatus(upload: upload, offset: nil) }
        let size = try await folder.size(upload.id)
        if let size, size != upload.length { return UploadStatus(upload: upload, offset: size) }
        let lock = try await locks.acquire(
            upload.id, interruptingAfter: nil, waiting: configuration.lockTimeout)
        defer { locks.release(lock) }
        let current = try await live(address)
        guard current.isOpen else { return UploadStatus(upload: current, offset: current.length) }
        guard try await folder.size(upload.id) == size else { throw UploadError.locked }
        guard let length = current.length else { throw UploadError.gone }
        if size == nil, try await !finalizer.hasArrived(current) { throw UploadError.gone }
        return try await finalizer.complete(current, byteCount: length)
    }

    /// Writes a body behind the bytes that have arrived, and completes the upload if these were the last.
    ///
    /// When this returns the bytes are on the disk. If the connection breaks, the bytes that have arrived remain, unless they
    /// had to be compared with a checksum.
    /// - Throws: ``UploadError``: `notFound`, `gone`, `locked`, `offsetMismatch`, `lengthExceeded`, `lengthFixed`,
    ///   `tooLarge`, `noSpace`, `quotaExceeded`, `checksumMismatch`, `finalIsReadOnly`, `interrupted`, `videoHasSource`,
    ///   `rejected`, after which the upload is terminated and its video rejected.
    public func append<Body: AsyncSequence & Sendable>(
        to address: UploadAddress, _ request: UploadAppend, _ body: Body
    ) async throws -> UploadStatus where Body.Element == ByteBuffer {
        guard try await live(address).kind != .final else { throw UploadError.finalIsReadOnly }
        let lock = try await locks.acquire(
            address.id, interruptingAfter: configuration.takeoverDelay, waiting: configuration.lockTimeout)
        defer { locks.release(lock) }
        // Read again: the previous holder may have ended it.
        var upload = try await live(address)
        guard upload.isOpen, let (file, start) = try await folder.open(upload.id) else {
            return try await appendNothing(request, to: upload)
        }
        guard request.offset == start else { throw UploadError.offsetMismatch(current: start) }
        if let length = request.uploadLength { try await setLength(length, of: &upload, at: start) }
        let target = UploadWriter.Target(
            file: file, start: start, limit: upload.length ?? configuration.maximumByteCount,
            overflow: upload.length.map { .lengthExceeded(length: $0) }
                ?? .tooLarge(limit: configuration.maximumByteCount),
            isSource: upload.kind == .single, length: upload.length)
        let expected = request.bodyLength ?? 0
        guard expected <= target.limit - start else { throw target.overflow }
        try await folder.checkSpace(expected)
        let writer = UploadWriter(
            target, lock: lock, reservation: try await quota.reservation(of: upload, atLeast: start + expected),
            checksum: request.checksum?.algorithm, sharing: writing)
        let size: Int64
        do {
            size = try await writer.append(body, expecting: request.bodyLength, checksum: request.checksum)
        } catch UploadError.rejected(let rejection) {
            // A task of its own: it runs although the upload's request may have been cancelled.
            try await Task { [finalizer, upload] in
                try await finalizer.terminate(upload, leaving: .rejected(rejection))
            }.value
            throw UploadError.rejected(rejection)
        }
        if size == upload.length { return try await finalizer.complete(upload, byteCount: size) }
        return UploadStatus(upload: try await expiry.renew(upload), offset: size)
    }

    /// Responds to a body for an upload whose file is full or moved: only no bytes at its end are correct.
    private func appendNothing(_ request: UploadAppend, to upload: Upload) async throws -> UploadStatus {
        guard let length = upload.length else { throw UploadError.gone }
        if upload.isOpen, try await !finalizer.hasArrived(upload) { throw UploadError.gone }
        guard request.offset == length else { throw UploadError.offsetMismatch(current: length) }
        guard (request.bodyLength ?? 0) == 0 else { throw UploadError.lengthExceeded(length: length) }
        guard upload.isOpen else { return UploadStatus(upload: upload, offset: length) }
        return try await finalizer.complete(upload, byteCount: length)
    }

    /// Stores the length of an upload that was created without one.
    private func setLength(_ length: Int64, of upload: inout Upload, at offset: Int64) async throws {
        if let known = upload.length {
            guard known == length else { throw UploadError.lengthFixed(length: known) }
            return
        }
        guard length >= offset else { throw UploadError.lengthFixed(length: offset) }
        guard length <= configuration.maximumByteCount else {
            throw UploadError.tooLarge(limit: configuration.maximumByteCount)
        }
        try await folder.checkSpace(length - offset)
        upload.length = length
        let record = upload
        try await database.transaction { [quota] connection in
            try quota.settle(record, at: length, in: connection)
            try Uploads.update(record, in: connection)
        }
    }

    /// Terminates an upload for its client and removes its bytes. A request that writes it is interrupted first.
    ///
    /// A complete upload loses only its URL: its bytes belong to the video.
    /// - Throws: ``UploadError``: `notFound`, `gone`, and `locked` while it is being completed or another process holds it.
    public func terminate(_ address: UploadAddress) async throws {
        let lock = try await locks.acquire(try await live(address).id, interruptingAfter: .zero)
        defer { locks.release(lock) }
        try await finalizer.terminate(try await live(address))
    }

    /// The upload that an address opens, unless it has ended without a file.
    /// - Throws: ``UploadError/notFound`` and ``UploadError/gone``.
    private func live(_ address: UploadAddress) async throws -> Upload {
        let upload = try await database.read { try Uploads.find(id: address.id, in: $0) }
        guard let upload, address.opens(tokenHash: upload.tokenHash) else { throw UploadError.notFound }
        switch upload.state {
        case .terminated: throw UploadError.gone
        case _ where upload.isOrphaned: throw UploadError.gone
        case .open where upload.expiresAt <= clock.now(): throw UploadError.gone
        case .open, .complete: return upload
        }
    }

    // MARK: - Direct uploads

    /// Receives a video's source as one body, all or nothing.
    ///
    /// When this returns the bytes are on the disk and the video is being processed. If it throws `rejected`, the video is
    /// rejected; after any other error it is the draft that it was.
    /// - Parameters:
    ///   - byteCount: The announced length; `nil` if there is none.
    ///   - fileName: The file's name for display, if there is one.
    /// - Throws: ``UploadError``: `empty`, `tooLarge`, `noSpace`, `quotaExceeded`, `videoNotFound`, `videoHasSource`,
    ///   `uploadInProgress`, `interrupted`, `rejected`.
    public func receive<Body: AsyncSequence & Sendable>(
        video: String, ownerID: String, byteCount: Int64?, fileName: String?, _ body: Body
    ) async throws where Body.Element == ByteBuffer {
        try await direct.receive(video: video, ownerID: ownerID, byteCount: byteCount, fileName: fileName, body)
    }

    /// Receives a form with `title`, `description` and `file`, in any order, and creates a video from it, all or nothing.
    /// - Parameters:
    ///   - boundary: As ``FormBoundary`` parses it.
    ///   - bodyLength: The length of the whole form; `nil` if it is not announced.
    /// - Returns: The video.
    /// - Throws: ``UploadError``: `form`, `titleMissing`, `titleInvalid`, `fileMissing`, `empty`, `tooLarge`,
    ///   `noSpace`, `quotaExceeded`, `interrupted`, `rejected`.
    public func receiveForm<Body: AsyncSequence & Sendable>(
        ownerID: String, boundary: String, bodyLength: Int64?, _ body: Body
    ) async throws -> Video where Body.Element == ByteBuffer {
        try await direct.receiveForm(ownerID: ownerID, boundary: boundary, bodyLength: bodyLength, body)
    }

    // MARK: - Uploads of a video

    /// Terminates the open uploads of a video that is about to be deleted. The video itself remains, as a draft.
    /// - Throws: ``UploadError/locked`` while one is being completed or another process holds it.
    public func abandon(video: String) async throws {
        for upload in try await database.read({ try Uploads.list(video: video, in: $0) }) where upload.isOpen {
            let lock = try await locks.acquire(upload.id, interruptingAfter: .zero)
            defer { locks.release(lock) }
            try await finalizer.terminate(upload, leaving: .draft)
        }
    }

    /// Bytes that have arrived for a video whose upload is open, and its length if that is known.
    public func progress(video: String) async throws -> (received: Int64, length: Int64?)? {
        let uploads = try await database.read { try Uploads.list(video: video, in: $0) }
        guard let upload = uploads.last(where: \.isOpen) else { return nil }
        return (try await folder.size(upload.id) ?? upload.length ?? 0, upload.length)
    }

    // MARK: - Recovery

    /// Continues what an earlier run of the program left. Called once, before the first request.
    ///
    /// Uploads whose bytes have all arrived are completed; uploads that nobody can resume are removed; unverified bytes are
    /// cut off; files without a row are removed.
    public func recover() async throws { try await recovery.recoverAll() }

    /// Completes or removes open uploads that no client will continue. Called regularly.
    public func recoverStranded() async throws { try await recovery.recoverStranded() }

    /// Terminates uploads whose lifetime is over and deletes the rows of those that ended one lifetime before.
    /// - Returns: The number of both.
    @discardableResult
    public func sweep() async throws -> Int { try await recovery.sweep() }

    /// Runs ``recoverStranded()`` and ``sweep()``, each whether the other fails or not. Failures are logged.
    func maintain() async {
        for step in [recovery.recoverStranded, { _ = try await self.recovery.sweep() }] {
            do { try await step() } catch {
                guard !Task.isCancelled else { return }
                logger.warning("the maintenance of uploads has failed", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// An upload whose bytes have all arrived and are in the object store.
public struct CompletedUpload: Sendable, Hashable {
    /// The upload's id.
    public let uploadID: String
    /// The video that it is the source of.
    public let videoID: String
    /// The account that uploaded it.
    public let ownerID: String
    /// The key of its object.
    public let objectKey: String
    /// Its length.
    public let byteCount: Int64
    /// The file's name for display; empty if there is none.
    public let fileName: String
    /// When it was complete, in milliseconds since 1970.
    public let time: Int64
}
