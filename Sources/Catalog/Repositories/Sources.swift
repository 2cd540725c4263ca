public import MediaModel
public import SQL

/// The sources table.
public enum Sources {
    /// Stores a video's source.
    /// - Throws: ``CatalogError/sourceExists`` if it has one.
    public static func insert(_ source: Source, in connection: any SQLConnection) throws {
        let values = try source.values()
        let rows = try connection.query(
            """
            INSERT INTO sources (\(Source.columns)) VALUES (\(values.placeholders))
            ON CONFLICT DO NOTHING RETURNING video_id
            """, values)
        if rows.isEmpty { throw CatalogError.sourceExists }
    }

    /// A video's source.
    public static func find(video: String, in connection: any SQLConnection) throws -> Source? {
        try connection.query(
            "SELECT \(Source.columns) FROM sources WHERE video_id = $1", [.text(video)]
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
