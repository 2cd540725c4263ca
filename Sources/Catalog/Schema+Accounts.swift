extension Schema {
    /// What users' names look like (`NameSkeleton`): no two may look alike. Of those who did before, the first has the row.
    ///
    /// Names are in ASCII, whose skeletons a few replacements make.
    static let nameSkeletons = [
        """
        CREATE TABLE name_skeletons (
            skeleton TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE)
        """,
        """
        INSERT INTO name_skeletons (skeleton, user_id)
        SELECT \(asciiSkeleton("username_ci")), MIN(id) FROM users GROUP BY \(asciiSkeleton("username_ci"))
        """,
        "CREATE INDEX name_skeletons_by_user ON name_skeletons (user_id)",
    ]

    /// The skeleton of a name in lower-case ASCII letters, digits, `_`, `-` and `.`, as an expression.
    static func asciiSkeleton(_ column: String) -> String {
        [("0", "o"), ("1", "l"), ("i", "l"), ("m", "rn"), ("w", "vv")].reduce(column) { expression, pair in
            "REPLACE(\(expression), '\(pair.0)', '\(pair.1)')"
        }
    }

    /// What is counted against an account's quotas, and what is looked for when it has expired.
    static let quotas = [
        // Bytes that an upload may come to have, as far as is known: what of its account's quota is taken.
        "ALTER TABLE uploads ADD COLUMN reserved BIGINT NOT NULL DEFAULT 0",
        "UPDATE uploads SET reserved = COALESCE(length, 0)",
        "CREATE INDEX uploads_by_owner ON uploads (owner_id, state, id)",
        "ALTER TABLE captions ADD COLUMN byte_count BIGINT NOT NULL DEFAULT 0",
        // In characters, for those that were there before: no engine counts bytes in words that all know.
        "UPDATE captions SET byte_count = LENGTH(webvtt)",
        "CREATE INDEX videos_by_change ON videos (state, updated_at)",
    ]
}
