public import Accounts
internal import Catalog
internal import SQL

/// The account quotas as uploads use them: admission of new uploads, and reservations of bytes.
struct UploadQuota: Sendable {
    private let quotas: AccountQuotas
    private let database: any Database

    /// Ended uploads of an account whose rows remain, for clients that ask about them.
    private static let rememberedUploads = 1000

    init(_ quotas: AccountQuotas, database: any Database) {
        self.quotas = quotas
        self.database = database
    }

    /// Locks an account's row until the commit, before rows of its videos and uploads.
    func lock(_ owner: String, in connection: any SQLConnection) throws { try Users.lock(id: owner, in: connection) }

    /// Checks, in the transaction that inserts it, that an account may have an upload and possibly a video with it.
    ///
    /// A final upload takes over the reservations of its parts and does not count as open.
    /// - Parameter byteCount: Bytes that it reserves if its length is not known.
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

    /// Checks, in the transaction that adds it, that an account may have more.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``.
    func admit(_ addition: AccountQuotas.Addition, owner: String, in connection: any SQLConnection) throws {
        do {
            try quotas.admit(addition, owner: owner, counting: .stored, in: connection)
        } catch AccountsError.quotaExceeded(let quota, let limit) {
            throw UploadError.quotaExceeded(quota, limit: limit)
        }
    }

    /// Sets an upload's reservation to the length that has been announced.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``.
    func settle(_ upload: Upload, at byteCount: Int64, in connection: any SQLConnection) throws {
        try Users.lock(id: upload.ownerID, in: connection)
        guard let reserved = try Uploads.reserved(upload.id, in: connection) else { return }
        try admit(.init(bytes: max(0, byteCount - reserved)), owner: upload.ownerID, in: connection)
        try Uploads.setReserved(upload.id, to: byteCount, in: connection)
    }

    /// What an upload has reserved, to be extended while bytes arrive; `nil` if there is nothing to extend, because its length
    /// is known and reserved, or because accounts have no limit.
    /// - Parameter byteCount: Bytes that are reserved at once.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``; ``UploadError/gone`` if the upload has ended.
    func reservation(of upload: Upload, atLeast byteCount: Int64 = 0) async throws -> UploadReservation? {
        guard quotas.bytes != 0, upload.length == nil else { return nil }
        let reserved = try await database.read { try Uploads.reserved(upload.id, in: $0) } ?? 0
        var reservation = UploadReservation(upload: upload, reserved: reserved, quotas: quotas, database: database)
        try await reservation.extend(to: byteCount)
        return reservation
    }
}

/// The bytes of an account's quota that one upload of unknown length has reserved.
struct UploadReservation: Sendable {
    private let upload: Upload
    private var reserved: Int64
    private let quotas: AccountQuotas
    private let database: any Database

    /// Most bytes that are reserved ahead of those that have arrived.
    private static let step: Int64 = 64 << 20

    fileprivate init(upload: Upload, reserved: Int64, quotas: AccountQuotas, database: any Database) {
        self.upload = upload
        self.reserved = reserved
        self.quotas = quotas
        self.database = database
    }

    /// Extends the reservation to at least `needed` bytes; by some megabytes at a time, to spare the database.
    /// - Throws: ``UploadError/quotaExceeded(_:limit:)``; ``UploadError/gone`` if the upload has ended.
    mutating func extend(to needed: Int64) async throws {
        guard needed > reserved else { return }
        reserved = try await database.transaction { [upload, quotas] connection in
            try Users.lock(id: upload.ownerID, in: connection)
            guard let reserved = try Uploads.reserved(upload.id, in: connection) else { throw UploadError.gone }
            guard needed > reserved else { return reserved }
            let free = try quotas.freeBytes(upload.ownerID, counting: .stored, in: connection)
            guard needed - reserved <= free else { throw UploadError.quotaExceeded(.bytes, limit: quotas.bytes) }
            // A sixteenth of what is free at most: other uploads of the account need some too.
            let granted = reserved + max(needed - reserved, min(free / 16, Self.step))
            try Uploads.setReserved(upload.id, to: granted, in: connection)
            return granted
        }
    }
}

extension AccountUsage {
    /// The usage of an account in the tables of `Catalog` and of this module.
    public static let stored = AccountUsage([
        .bytes: [OwnedRows.sourceBytes, Uploads.reservedBytesQuery],
        .videos: [OwnedRows.videos],
        .drafts: [OwnedRows.drafts],
        .uploads: [Uploads.openCountQuery],
        .parts: [Uploads.partCountQuery],
        .captions: [OwnedRows.captionBytes],
    ])
}
