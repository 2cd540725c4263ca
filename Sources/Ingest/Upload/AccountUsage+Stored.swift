public import Accounts
internal import Catalog
internal import SQL

extension AccountUsage {
    /// What an account has in the tables of `Catalog` and of this module.
    public static let stored = AccountUsage([
        .bytes: [
            OwnedRows.sourceBytes,
            """
            SELECT COALESCE(SUM(reserved), 0) FROM uploads
            WHERE owner_id = $1 AND (state = \(sql: UploadState.open) OR (\(isFinishedPart)))
            """,
        ],
        .videos: [OwnedRows.videos],
        .drafts: [OwnedRows.drafts],
        .uploads: [
            """
            SELECT COUNT(*) FROM uploads
            WHERE owner_id = $1 AND state = \(sql: UploadState.open) AND kind <> \(sql: UploadKind.final)
            """
        ],
        .parts: ["SELECT COUNT(*) FROM uploads WHERE owner_id = $1 AND \(isFinishedPart)"],
        .captions: [OwnedRows.captionBytes],
    ])

    private static let isFinishedPart =
        "state = \(sql: UploadState.complete) AND kind = \(sql: UploadKind.partial)"
}
