public import SQL

extension Videos {
    /// Drafts that nobody has changed since a moment, the oldest first.
    /// - Parameters:
    ///   - time: The moment, in milliseconds since 1970.
    ///   - limit: How many at most.
    public static func listDrafts(
        unchangedSince time: Int64, limit: Int, in connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT id FROM videos WHERE state = \(sql: VideoState.draft) AND updated_at < $1
            ORDER BY updated_at, id LIMIT $2
            """,
            [.integer(time), SQLValue(limit)]
        ).map { try $0.text("id") }
    }

    /// Rejected videos whose file is still there and came before a moment, the oldest first.
    public static func listRejected(
        sentBefore time: Int64, limit: Int, in connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT videos.id AS id FROM videos JOIN sources ON sources.video_id = videos.id
            WHERE videos.state = \(sql: VideoState.rejected) AND sources.created_at < $1
            ORDER BY sources.created_at, videos.id LIMIT $2
            """, [.integer(time), SQLValue(limit)]
        ).map { try $0.text("id") }
    }
}
