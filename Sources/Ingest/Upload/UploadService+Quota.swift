import Accounts
import Catalog
import SQL

/// What uploads take of the disk and of their accounts' quotas.
extension UploadService {
    /// Most bytes that an upload of unknown length takes of the quota ahead of what has come.
    private static let reservationStep: Int64 = 64 << 20
    /// Ended uploads of an account that are remembered, for clients that ask what became of them.
    private static let rememberedUploads = 1000

    /// Throws unless `byteCount` more bytes leave the disk its reserve: before anything is written that a client sends,
    /// also where it is not an upload.
    /// - Throws: ``UploadError/noSpace``.
    public func checkSpace(_ byteCount: Int64) async throws {
        let available = try await onDisk { [folder] in try folder.availableBytes() }
        guard available - configuration.reservedByteCount >= byteCount else { throw UploadError.noSpace }
    }

    /// Makes sure, in the transaction that inserts it, that an account may have an upload, and a video with it.
    ///
    /// One that is made of parts is open for the time of its request alone and counts as none; it takes over the bytes of
    /// its parts. The account's row must be locked if another row is.
    /// - Parameter byteCount: Bytes that it is to have, where its record does not say so.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``.
    func admit(
        _ upload: Upload, reserving byteCount: Int64 = 0, videos: Int = 0, in connection: any SQLConnection
    ) throws {
        try Users.lock(id: upload.ownerID, in: connection)
        try Uploads.takeOverParts(of: upload, in: connection)
        try admit(
            .init(
                bytes: upload.length ?? byteCount, videos: videos, uploads: upload.kind == .final ? 0 : 1,
                parts: upload.kind == .partial ? 1 : 0),
            owner: upload.ownerID, in: connection)
        try Uploads.forgetEnded(owner: upload.ownerID, keeping: Self.rememberedUploads, in: connection)
    }

    /// Makes sure, in the transaction that adds it, that an account may have more.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``.
    func admit(_ addition: AccountQuotas.Addition, owner: String, in connection: any SQLConnection) throws {
        do {
            try configuration.quotas.admit(addition, owner: owner, counting: .stored, in: connection)
        } catch AccountsError.quotaExceeded(let quota, let limit) {
            throw UploadError.quotaExceeded(quota, limit: limit)
        }
    }

    /// How far an upload of unknown length may grow before ``extendReservation(of:to:)`` has to be asked.
    func reservation(of upload: Upload) async throws -> Int64 {
        guard configuration.quotas.bytes > 0, upload.length == nil else { return .max }
        return try await database.read { try Uploads.reserved(upload.id, in: $0) } ?? 0
    }

    /// Takes more of the account's quota for an upload of unknown length: some megabytes at once, to spare the database.
    /// - Returns: How far it may grow now; at least `needed`.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``; ``UploadError/gone`` if the upload has ended meanwhile.
    func extendReservation(of upload: Upload, to needed: Int64) async throws -> Int64 {
        let quotas = configuration.quotas
        guard quotas.bytes > 0 else { return .max }
        return try await database.transaction { connection in
            try Users.lock(id: upload.ownerID, in: connection)
            guard let reserved = try Uploads.reserved(upload.id, in: connection) else { throw UploadError.gone }
            guard needed > reserved else { return reserved }
            let free = try quotas.freeBytes(upload.ownerID, counting: .stored, in: connection)
            guard needed - reserved <= free else { throw UploadError.quotaExceeded(.bytes, limit: quotas.bytes) }
            // Not all that is left: another upload of the account may want some too.
            let granted = reserved + max(needed - reserved, min(free / 16, Self.reservationStep))
            try Uploads.setReserved(upload.id, to: granted, in: connection)
            return granted
        }
    }

    /// Sets what an upload takes to what it will have, now that this is known.
    func settleReservation(of upload: Upload, at byteCount: Int64, in connection: any SQLConnection) throws {
        try Users.lock(id: upload.ownerID, in: connection)
        guard let reserved = try Uploads.reserved(upload.id, in: connection) else { return }
        try admit(.init(bytes: max(0, byteCount - reserved)), owner: upload.ownerID, in: connection)
        try Uploads.setReserved(upload.id, to: byteCount, in: connection)
    }
}
