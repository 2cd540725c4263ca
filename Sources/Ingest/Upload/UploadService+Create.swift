import Accounts
import Catalog
import Ground
import Logging
import MediaModel
import SQL

/// What a client asks for when it creates a resumable upload.
public struct NewUpload: Sendable {
    /// Who asks.
    public var ownerID: String
    /// How many bytes there will be; `nil` if that is said later, or if the parts decide it.
    public var length: Int64?
    /// Names with values, as the client sent them.
    public var metadata: UploadMetadata
    /// Whether this is a piece, or is made of pieces.
    public var concatenation: UploadConcatenation?

    /// A wish for an upload.
    public init(
        ownerID: String, length: Int64?, metadata: UploadMetadata = .none, concatenation: UploadConcatenation? = nil
    ) {
        self.ownerID = ownerID
        self.length = length
        self.metadata = metadata
        self.concatenation = concatenation
    }
}

/// An upload that now exists.
public struct OpenedUpload: Sendable {
    /// Where its bytes go; holds the secret.
    public let address: UploadAddress
    /// How far it is: nowhere, unless it has no bytes or was made of parts.
    public let status: UploadStatus
}

extension UploadService {
    /// Opens an upload, and a video for it unless the metadata names one by `videoId`.
    ///
    /// An upload without bytes and one that is made of parts is complete when this returns.
    /// - Throws: ``UploadError``: `tooLarge`, `noSpace`, `quotaExceeded`, `videoNotFound`, `videoHasSource`, `uploadInProgress`,
    ///   `titleInvalid`, `descriptionInvalid`, and for parts `partNotFound` and `partUnfinished`.
    public func create(_ request: NewUpload) async throws -> OpenedUpload {
        if case .final(let urls)? = request.concatenation { return try await concatenate(urls, request) }
        try await admit(request.length ?? 0)
        let address = makeAddress()
        let isPartial = request.concatenation == .partial
        // Held until its row is there: a process that starts on the same folder removes files that none stands for.
        let hold = try await locks.acquire(address.id, interruptingAfter: .zero)
        defer { locks.release(hold) }
        let upload = try await open(address, request, kind: isPartial ? .partial : .single, parts: [])
        guard upload.length == 0 else {
            return OpenedUpload(address: address, status: UploadStatus(upload: upload, offset: 0))
        }
        return OpenedUpload(address: address, status: try await finish(upload, byteCount: 0))
    }

    /// Throws unless an upload of so many bytes may start.
    func admit(_ length: Int64) async throws {
        guard length <= configuration.maximumByteCount else {
            throw UploadError.tooLarge(limit: configuration.maximumByteCount)
        }
        try await checkSpace(length)
    }

    func makeAddress() -> UploadAddress {
        UploadAddress(id: Identifier.make(prefix: .upload, at: clock.now()), token: RandomText.secret())
    }

    /// Makes the file and then the rows, so that a row never lacks its file.
    func open(_ address: UploadAddress, _ request: NewUpload, kind: UploadKind, parts: [String]) async throws -> Upload
    {
        let now = clock.now()
        var upload = Upload(
            id: address.id, ownerID: request.ownerID, videoID: nil, kind: kind, length: request.length,
            metadata: request.metadata.text, parts: parts, tokenHash: address.tokenHash, createdAt: now,
            expiresAt: expiry)
        let newVideo = kind == .partial ? nil : try Self.newVideo(request, at: now)
        if kind != .partial { upload.videoID = newVideo?.id ?? request.metadata.string("videoId") }
        let record = upload
        _ = try await onDisk { [folder] in try folder.createFile(record.id) }
        do {
            if let newVideo {
                try await database.transaction { [self] connection in
                    try admit(record, videos: 1, in: connection)
                    try Videos.insert(newVideo, in: connection)
                    try Uploads.insert(record, folder: folderID, in: connection)
                }
            } else {
                try await insertClaiming(record)
            }
        } catch {
            await removeFiles([record.id])
            throw error
        }
        if let video = record.videoID { await hooks.changed(video) }
        return record
    }

    /// The video to make for an upload that names none.
    private static func newVideo(_ request: NewUpload, at time: Int64) throws -> Video? {
        guard request.metadata.values["videoId"] == nil else { return nil }
        let title = try request.metadata.string("title").map { text in
            guard let title = VideoTitle.clean(text) else { throw UploadError.titleInvalid }
            return title
        }
        let description = request.metadata.string("description") ?? ""
        guard VideoDescription.isValid(description) else { throw UploadError.descriptionInvalid }
        return Video(
            id: Identifier.make(prefix: .video, at: time), ownerID: request.ownerID,
            title: title ?? VideoTitle.fallback(fileName: request.metadata.fileName), description: description,
            state: .uploading, createdAt: time)
    }

    /// Inserts an upload, and makes its video take it and no other.
    ///
    /// A client that comes back at once after its connection broke must not stumble over its own remains: an upload
    /// that is being written is given a moment to end.
    /// - Parameter byteCount: Bytes that it is to have, where its record does not say so.
    func insertClaiming(_ upload: Upload, reserving byteCount: Int64 = 0) async throws {
        let deadline = ContinuousClock.now + configuration.rivalPatience
        while true {
            let claim = try await database.transaction { [self] connection in
                // In the order account, video, upload, parts: two who lock in another would wait for each other.
                try Users.lock(id: upload.ownerID, in: connection)
                let claim = try upload.videoID.map { try makeRoom(in: $0, owner: upload.ownerID, connection) }
                guard claim?.rival == nil else { return claim }
                try admit(upload, reserving: byteCount, in: connection)
                try Uploads.insert(upload, folder: folderID, reserving: byteCount, in: connection)
                return claim
            }
            guard let rival = claim?.rival else { return await removeFiles(claim?.superseded ?? []) }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, locks.isHeld(rival) else { throw UploadError.uploadInProgress }
            locks.interrupt(rival, idleFor: configuration.takeoverDelay)
            await locks.waitForRelease(rival, atMost: left)
        }
    }

    /// What stood in the way of a new upload for a video.
    struct Claim: Sendable {
        /// An upload that is under way; then nothing has been changed.
        var rival: String?
        /// Uploads that ended to make room.
        var superseded: [String] = []
    }

    /// Makes a video take one new upload. Runs inside the transaction that opens it.
    ///
    /// An older upload for the same video ends here if nobody has written to it for a while: its client may have lost
    /// its URL, and the video must not wait until it expires.
    private func makeRoom(in id: String, owner: String, _ connection: any SQLConnection) throws -> Claim {
        // Locked: of two uploads for one video that begin at once, one sees the other.
        guard let video = try Videos.lock(id: id, in: connection), video.ownerID == owner else {
            throw UploadError.videoNotFound
        }
        guard video.state == .draft || video.state == .uploading,
            try Sources.find(video: id, in: connection) == nil
        else { throw UploadError.videoHasSource }
        let now = clock.now()
        let open = try Uploads.listOpen(video: id, in: connection)
        let rival = open.first { other, place in
            locks.isHeld(other.id)
                || (other.expiresAt > now
                    && now - lastSign(of: other, in: place) < configuration.claimDuration.milliseconds)
        }
        if let rival { return Claim(rival: rival.upload.id) }
        let others = open.map(\.upload)
        for other in others {
            try Uploads.setState(other.id, to: .terminated, in: connection)
            try Uploads.giveBackParts(of: other, in: connection)
        }
        try Videos.apply(.uploadBegan, to: id, at: now, in: connection)
        return Claim(superseded: others.map(\.id))
    }

    /// When somebody was last seen to write an upload, in milliseconds since 1970.
    ///
    /// Of a file in another process' folder only the row can tell: who writes it prolongs it at least as often as
    /// ``signInterval``, and that much may have passed since.
    private func lastSign(of upload: Upload, in place: String) -> Int64 {
        guard place.isEmpty || place == folderID else {
            return max(upload.createdAt, upload.expiresAt - configuration.lifetime.milliseconds) + signInterval
        }
        return folder.lastChange(upload.id) ?? upload.createdAt
    }

    /// Removes files that no row stands for any more; one that stays is found at the next start.
    func removeFiles(_ uploads: [String]) async {
        guard !uploads.isEmpty else { return }
        do {
            try await onDisk { [folder] in for upload in uploads { try folder.remove(upload) } }
        } catch {
            logger.warning("an upload's file was left behind", metadata: ["error": "\(error)"])
        }
    }
}
