public import Ground

/// The table of this module: uploads.
public enum IngestSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [
        1: uploads,
        2: folders,
        10: reservations,
    ]

    /// Uploads. A row outlives its video, so that the bytes on disk are still found and removed.
    private static let uploads = [
        """
        CREATE TABLE uploads (
            id TEXT NOT NULL PRIMARY KEY,
            owner_id TEXT NOT NULL REFERENCES users (id),
            video_id TEXT REFERENCES videos (id) ON DELETE SET NULL,
            kind TEXT NOT NULL,
            length BIGINT,
            metadata TEXT,
            parts TEXT NOT NULL DEFAULT '[]',
            token_hash TEXT NOT NULL,
            state TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL)
        """,
        "CREATE INDEX uploads_by_expiry ON uploads (expires_at)",
        "CREATE INDEX uploads_by_video ON uploads (video_id)",
    ]

    /// The folder in which an upload's bytes lie: processes on several machines may have one each.
    private static let folders = ["ALTER TABLE uploads ADD COLUMN folder TEXT NOT NULL DEFAULT ''"]

    /// Bytes that an upload reserves of its account's quota, as far as its length is known.
    private static let reservations = [
        "ALTER TABLE uploads ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0",
        "UPDATE uploads SET reserved = COALESCE(length, 0)",
        "CREATE INDEX uploads_by_owner ON uploads (owner_id, state, id)",
    ]
}

extension Identifier.Prefix {
    /// `upl_`
    public static let upload: Self = "upl_"
}
