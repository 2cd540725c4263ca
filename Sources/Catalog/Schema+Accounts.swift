extension Schema {
    /// What users' names look like (`NameSkeleton`): guests may not have a name with the skeleton of one, and no two may be
    /// alike letter by letter. Of those who were before, the first has the likeness.
    ///
    /// Names are in ASCII, whose skeletons a few replacements make.
    static let nameSkeletons = [
        """
        CREATE TABLE name_skeletons (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            skeleton TEXT NOT NULL,
            account_skeleton TEXT UNIQUE)
        """,
        """
        INSERT INTO name_skeletons (user_id, skeleton) SELECT id, \(asciiSkeleton("username_ci")) FROM users
        """,
        """
        UPDATE name_skeletons
        SET account_skeleton = (SELECT \(accountSkeleton("username")) FROM users WHERE users.id = user_id)
        WHERE user_id IN (SELECT MIN(id) FROM users GROUP BY \(accountSkeleton("username")))
        """,
        "CREATE INDEX name_skeletons_by_skeleton ON name_skeletons (skeleton, user_id)",
    ]

    /// `NameSkeleton.ofAccount` of a name in ASCII, as an expression.
    static func accountSkeleton(_ column: String) -> String {
        "REPLACE(LOWER(REPLACE(REPLACE(\(column), 'I', '1'), 'l', '1')), 'o', '0')"
    }

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
