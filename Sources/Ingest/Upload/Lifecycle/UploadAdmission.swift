import Catalog
import Ground
import SQL

/// Decides whether a new upload may start, and stores its row.
struct UploadAdmission: Sendable {
    /// What an upload finds that is to take a video.
    private struct Claim: Sendable {
        /// Another upload of the video that is in progress; nothing has been changed then.
        var competitor: String?
        /// Idle uploads of the video that have been ended.
        var superseded: [String] = []
    }

    private let configuration: UploadConfiguration
    private let database: any Database
    private let folder: UploadFolder
    private let locks: UploadLocks
    private let quota: UploadQuota
    private let expiry: UploadExpiry
    private let clock: WallClock

    init(
        _ configuration: UploadConfiguration, database: any Database, folder: UploadFolder, locks: UploadLocks,
        quota: UploadQuota, expiry: UploadExpiry, clock: WallClock
    ) {
        self.configuration = configuration
        self.database = database
        self.folder = folder
        self.locks = locks
        self.quota = quota
        self.expiry = expiry
        self.clock = clock
    }

    /// Checks that an upload of so many bytes may start.
    /// - Throws: ``UploadError/tooLarge(limit:)`` and ``UploadError/noSpace``.
    func checkSize(_ length: Int64) async throws {
        guard length <= configuration.maximumByteCount else {
            throw UploadError.tooLarge(limit: configuration.maximumByteCount)
        }
        try await folder.checkSpace(length)
    }

    /// Stores an upload's file, and then its rows, so that no row lacks its file. The caller holds its lock.
    /// - Throws: As ``insert(_:with:reserving:videos:)``.
    func open(_ upload: Upload, with newVideo: Video?) async throws {
        _ = try await folder.create(upload.id)
        do { try await insert(upload, with: newVideo, videos: newVideo == nil ? 0 : 1) } catch {
            await folder.remove([upload.id])
            throw error
        }
    }

    /// Stores an upload's row. Its video takes this upload and no other.
    ///
    /// A client that reconnects at once after its connection broke may find its own previous request: an upload that is being
    /// written is given the lock timeout to end.
    /// - Parameters:
    ///   - newVideo: The video to store with it; `nil` if it exists, or follows.
    ///   - byteCount: Bytes of the account's quota that it reserves if its length is not known.
    ///   - videos: Videos that it adds to the account, now or later.
    /// - Throws: ``UploadError``: `quotaExceeded`, `videoNotFound`, `videoHasSource`, `uploadInProgress`.
    func insert(
        _ upload: Upload, with newVideo: Video? = nil, reserving byteCount: Int64 = 0, videos: Int = 0
    ) async throws {
        let deadline = ContinuousClock.now + configuration.lockTimeout
        while true {
            let claim = try await database.transaction { [self] connection in
                // In the order account, video, upload, parts: transactions with another order would deadlock.
                try quota.lock(upload.ownerID, in: connection)
                let claim = newVideo == nil ? try claimVideo(of: upload, in: connection) : Claim()
                guard claim.competitor == nil else { return claim }
                try quota.admit(upload, reserving: byteCount, videos: videos, in: connection)
                if let newVideo { try Videos.insert(newVideo, in: connection) }
                try Uploads.insert(upload, folder: folder.identity, reserving: byteCount, in: connection)
                return claim
            }
            guard let competitor = claim.competitor else { return await folder.remove(claim.superseded) }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, locks.isHeld(competitor) else { throw UploadError.uploadInProgress }
            locks.interrupt(competitor, idleFor: configuration.takeoverDelay)
            await locks.waitForRelease(competitor, atMost: left)
        }
    }

    /// Makes an existing video take a new upload.
    ///
    /// An older upload of the video is ended if it has been idle: its client may have lost its URL, and the video must not
    /// wait until it expires.
    private func claimVideo(of upload: Upload, in connection: any SQLConnection) throws -> Claim {
        guard let id = upload.videoID else { return Claim() }
        // The lock makes one of two concurrent uploads see the other.
        guard let video = try Videos.lock(id: id, in: connection), video.ownerID == upload.ownerID else {
            throw UploadError.videoNotFound
        }
        guard video.state == .draft || video.state == .uploading,
            try Sources.find(video: id, in: connection) == nil
        else { throw UploadError.videoHasSource }
        let now = clock.now()
        let open = try Uploads.listOpen(video: id, in: connection)
        let competitor = open.first { other, place in
            locks.isHeld(other.id)
                || (other.expiresAt > now
                    && now - lastSign(of: other, in: place) < configuration.claimDuration.milliseconds)
        }
        if let competitor { return Claim(competitor: competitor.upload.id) }
        for (other, _) in open {
            try Uploads.apply(.supersede, to: other.id, in: connection)
            try Uploads.returnParts(of: other, in: connection)
        }
        try Videos.apply(.uploadBegan, to: id, at: now, in: connection)
        return Claim(superseded: open.map(\.upload.id))
    }

    /// When an upload last showed that it was being written, in milliseconds since 1970: for a file in another process's
    /// folder only its row tells.
    private func lastSign(of upload: Upload, in place: String) -> Int64 {
        guard place.isEmpty || place == folder.identity else { return expiry.lastSign(of: upload) }
        return folder.lastChange(upload.id) ?? upload.createdAt
    }
}
