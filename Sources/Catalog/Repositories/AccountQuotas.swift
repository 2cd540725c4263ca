public import SQL

/// Something that an account may have only so much of.
public enum Quota: String, Sendable, Hashable, CaseIterable {
    /// Bytes of files that were sent, and that open uploads have announced.
    case bytes
    /// Videos in every state.
    case videos
    /// Videos that have no file yet.
    case drafts
    /// Uploads that are open, but for those that are just being made of parts.
    case uploads
    /// Parts that are finished and not removed yet.
    case parts
    /// Bytes of captions that were sent.
    case captions
}

/// What an account may have at a time; 0 stands for no limit.
///
/// What is made of a file is in proportion to it and is not counted. Everything is counted from the rows themselves, in
/// the transaction that adds to them, while the account's row is locked: two who add at once cannot both take the last
/// place, on whichever nodes they are.
public struct AccountQuotas: Sendable, Hashable {
    /// Bytes of files that were sent, and that open uploads have announced or received.
    public var bytes: Int64 = 1 << 40
    /// Videos in every state.
    public var videos = 10_000
    /// Videos that have no file yet.
    public var drafts = 250
    /// Uploads that are open. Eight times as many finished parts may wait to be joined.
    public var uploads = 250
    /// Bytes of captions that were sent, as they are stored.
    public var captionBytes: Int64 = 256 << 20

    /// Generous limits.
    public init() {}

    /// No limits.
    public static let unlimited: AccountQuotas = {
        var quotas = AccountQuotas()
        (quotas.bytes, quotas.videos, quotas.drafts, quotas.uploads, quotas.captionBytes) = (0, 0, 0, 0, 0)
        return quotas
    }()

    /// What is to be added.
    public struct Addition: Sendable, Hashable {
        /// Bytes of files.
        public var bytes: Int64 = 0
        /// Videos.
        public var videos = 0
        /// Videos without a file.
        public var drafts = 0
        /// Open uploads.
        public var uploads = 0
        /// Uploads that will be finished parts.
        public var parts = 0
        /// Bytes of captions.
        public var captionBytes: Int64 = 0

        /// What is to be added.
        public init(
            bytes: Int64 = 0, videos: Int = 0, drafts: Int = 0, uploads: Int = 0, parts: Int = 0,
            captionBytes: Int64 = 0
        ) {
            self.bytes = bytes
            self.videos = videos
            self.drafts = drafts
            self.uploads = uploads
            self.parts = parts
            self.captionBytes = captionBytes
        }
    }

    /// Locks an account's row. Whoever locks rows of videos or uploads too does this first.
    public func lock(_ owner: String, in connection: any SQLConnection) throws {
        try Users.lock(id: owner, in: connection)
    }

    /// Makes sure that an account may have more. Call it in the transaction that adds, before it adds.
    /// - Throws: ``CatalogError/quotaExceeded(_:limit:)`` for the first quota that does not suffice; `SQLFailure`.
    public func admit(_ addition: Addition, owner: String, in connection: any SQLConnection) throws {
        try lock(owner, in: connection)
        for (quota, wanted, limit) in [
            (Quota.videos, Int64(addition.videos), Int64(videos)), (.drafts, Int64(addition.drafts), Int64(drafts)),
            (.uploads, Int64(addition.uploads), Int64(uploads)), (.parts, Int64(addition.parts), 8 * Int64(uploads)),
            (.bytes, addition.bytes, bytes), (.captions, addition.captionBytes, captionBytes),
        ] where wanted > 0 && limit > 0 {
            let used = try Self.used(quota, owner: owner, in: connection)
            guard used <= limit, wanted <= limit - used else {
                throw CatalogError.quotaExceeded(quota, limit: limit)
            }
        }
    }

    /// Bytes that an account may still add; `Int64.max` without a limit. The account's row must be locked.
    public func freeBytes(_ owner: String, in connection: any SQLConnection) throws -> Int64 {
        guard bytes > 0 else { return .max }
        return max(0, bytes - (try Self.used(.bytes, owner: owner, in: connection)))
    }

    /// How much of a quota an account uses.
    public static func used(_ quota: Quota, owner: String, in connection: any SQLConnection) throws -> Int64 {
        let query =
            switch quota {
            // In one statement: an upload that becomes a source meanwhile is counted once.
            case .bytes:
                """
                SELECT CAST(
                    (SELECT COALESCE(SUM(sources.byte_count), 0) FROM videos JOIN sources ON sources.video_id = videos.id
                        WHERE videos.owner_id = $1)
                    + (SELECT COALESCE(SUM(reserved), 0) FROM uploads WHERE owner_id = $1
                        AND (state = 'open' OR (state = 'complete' AND kind = 'partial'))) AS BIGINT) AS total
                """
            case .videos: "SELECT COUNT(*) AS total FROM videos WHERE owner_id = $1"
            case .drafts: "SELECT COUNT(*) AS total FROM videos WHERE owner_id = $1 AND state = 'draft'"
            case .uploads:
                "SELECT COUNT(*) AS total FROM uploads WHERE owner_id = $1 AND state = 'open' AND kind <> 'final'"
            case .parts:
                "SELECT COUNT(*) AS total FROM uploads WHERE owner_id = $1 AND state = 'complete' AND kind = 'partial'"
            case .captions:
                """
                SELECT CAST(COALESCE(SUM(captions.byte_count), 0) AS BIGINT) AS total FROM videos
                JOIN captions ON captions.video_id = videos.id AND captions.generation = 0
                WHERE videos.owner_id = $1
                """
            }
        return try connection.query(query, [.text(owner)]).first?.integer("total") ?? 0
    }
}
