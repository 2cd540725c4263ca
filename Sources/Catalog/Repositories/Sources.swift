public import MediaModel
public import SQL

/// The sources table.
public enum Sources {
    /// Stores a video's source.
    /// - Throws: ``CatalogError/sourceExists`` if it has one.
    public static func insert(_ source: Source, in connection: any SQLConnection) throws {
        let rows = try connection.query(
            """
            INSERT INTO sources (video_id, object_key, byte_count, file_name, sha256, facts, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING video_id
            """,
            [
                .text(source.videoID), .text(source.objectKey), .integer(source.byteCount), .text(source.fileName),
                SQLValue(source.sha256), .optionalJSON(source.facts), .integer(source.createdAt),
            ])
        if rows.isEmpty { throw CatalogError.sourceExists }
    }

    /// A video's source.
    public static func find(video: String, in connection: any SQLConnection) throws -> Source? {
        try connection.query(
            """
            SELECT video_id, object_key, byte_count, file_name, sha256, facts, created_at FROM sources WHERE video_id = $1
            """,
            [.text(video)]
        ).first.map(Source.init)
    }

    /// Forgets a video's source; the object is the caller's to remove.
    /// - Returns: Whether there was one.
    public static func delete(video: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM sources WHERE video_id = $1", [.text(video)]) == 1
    }

    /// Stores what the probe found.
    @discardableResult
    public static func setFacts(
        video: String, _ facts: SourceFacts, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE sources SET facts = $2 WHERE video_id = $1", [.text(video), .json(facts)]) == 1
    }
}
