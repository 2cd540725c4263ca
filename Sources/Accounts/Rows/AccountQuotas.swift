public import SQL

/// Limits on what an account has at a time; 0 stands for no limit.
///
/// Segments and images are in proportion to their source and are not counted. The rows are counted in the transaction that
/// adds to them, while the account's row is locked: two concurrent requests cannot both take the last place, also on
/// different nodes.
public struct AccountQuotas: Sendable, Hashable {
    /// Bytes of source files, and bytes that open uploads reserve.
    public var bytes: Int64 = 1 << 40
    /// Videos in every state.
    public var videos = 10_000
    /// Videos that have no file yet.
    public var drafts = 250
    /// Open uploads. Eight times as many finished parts may wait to be joined.
    public var uploads = 250
    /// Bytes of uploaded captions, as they are stored.
    public var captionBytes: Int64 = 256 << 20

    /// Limits that are enough for most accounts.
    public init() {}

    /// No limits.
    public static let unlimited: AccountQuotas = {
        var quotas = AccountQuotas()
        (quotas.bytes, quotas.videos, quotas.drafts, quotas.uploads, quotas.captionBytes) = (0, 0, 0, 0, 0)
        return quotas
    }()

    /// What a transaction is about to add.
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

        /// An addition of these amounts.
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

    /// Locks the row of an account and checks that an addition exceeds no quota. Called before the rows are added, in the same
    /// transaction.
    /// - Throws: ``AccountsError/quotaExceeded(_:limit:)`` for the first quota that would be exceeded; `SQLFailure`.
    public func admit(
        _ addition: Addition, owner: String, counting usage: AccountUsage, in connection: any SQLConnection
    ) throws {
        try Users.lock(id: owner, in: connection)
        for (quota, wanted, limit) in [
            (Quota.videos, Int64(addition.videos), Int64(videos)), (.drafts, Int64(addition.drafts), Int64(drafts)),
            (.uploads, Int64(addition.uploads), Int64(uploads)), (.parts, Int64(addition.parts), 8 * Int64(uploads)),
            (.bytes, addition.bytes, bytes), (.captions, addition.captionBytes, captionBytes),
        ] where wanted > 0 && limit > 0 {
            let used = try usage.used(quota, owner: owner, in: connection)
            guard used <= limit, wanted <= limit - used else {
                throw AccountsError.quotaExceeded(quota, limit: limit)
            }
        }
    }

    /// Bytes that an account may still add; `Int64.max` without a limit. The account's row must be locked.
    public func freeBytes(
        _ owner: String, counting usage: AccountUsage, in connection: any SQLConnection
    ) throws -> Int64 {
        guard bytes > 0 else { return .max }
        return max(0, bytes - (try usage.used(.bytes, owner: owner, in: connection)))
    }
}
