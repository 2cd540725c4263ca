public import SQL

extension Videos {
    /// Lets a video that failed or was rejected go through processing as if for the first time.
    /// - Returns: Whether it was in such a state.
    @discardableResult
    public static func restart(_ id: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: .restarted)), generation = NULL, playable_at = NULL,
                rejection_code = NULL, rejection_detail = NULL, failure_code = NULL, failure_detail = NULL, updated_at = $2
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.restarted))
            """, [.text(id), .integer(time)]) == 1
    }

    /// Which generation of a video is served; `nil` if none is.
    public static func servedGeneration(_ id: String, in connection: any SQLConnection) throws -> Int? {
        try connection.query("SELECT generation FROM videos WHERE id = $1", [.text(id)]).first?
            .optionalInt("generation")
    }

    /// Videos of everybody, oldest first, a page at a time.
    /// - Parameter cursor: The identifier of the last video of the page before.
    public static func page(
        after cursor: String?, limit: Int, in connection: any SQLConnection
    ) throws -> [Video] {
        try connection.query(
            "SELECT \(columns) FROM videos WHERE id > $1 ORDER BY id LIMIT $2", [.text(cursor ?? ""), SQLValue(limit)]
        ).map(Video.init)
    }
}
