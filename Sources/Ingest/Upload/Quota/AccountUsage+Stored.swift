public import Accounts
internal import Catalog

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
