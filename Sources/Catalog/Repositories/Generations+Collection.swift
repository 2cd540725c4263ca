public import SQL

extension Generations {
    /// Opens the next generation of a video. Its number was never used before, even if later ones were collected.
    /// - Parameter source: The generation whose tracks may be taken over.
    public static func open(
        video: String, carryingFrom source: Int? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Generation {
        let row = try connection.query(
            """
            UPDATE videos SET last_generation = 1 + CASE
                WHEN last_generation < (SELECT COALESCE(MAX(number), 0) FROM generations WHERE video_id = $1)
                THEN (SELECT COALESCE(MAX(number), 0) FROM generations WHERE video_id = $1) ELSE last_generation END
            WHERE id = $1 RETURNING last_generation
            """, [.text(video)]
        ).first
        guard let row else { throw CatalogError.noGeneration(video: video, number: 0) }
        let generation = Generation(
            videoID: video, number: try row.int("last_generation"), carriesFrom: source, createdAt: time)
        try insert(generation, in: connection)
        return generation
    }

    /// The numbers and states of a video's generations, oldest first, without their plans.
    public static func states(
        video: String, in connection: any SQLConnection
    ) throws -> [(number: Int, state: GenerationState)] {
        try connection.query(
            "SELECT number, state FROM generations WHERE video_id = $1 ORDER BY number", [.text(video)]
        ).map { (try $0.int("number"), try $0.named("state")) }
    }

    /// The generations that were created before a time, are not served, and are not the newest of their video.
    public static func replaced(
        before time: Int64, in connection: any SQLConnection
    ) throws -> [(video: String, number: Int)] {
        try connection.query(
            """
            SELECT g.video_id AS video_id, g.number AS number FROM generations g JOIN videos v ON v.id = g.video_id
            WHERE g.created_at < $1 AND (v.generation IS NULL OR v.generation <> g.number)
                AND g.number < (SELECT MAX(latest.number) FROM generations latest WHERE latest.video_id = g.video_id)
            ORDER BY g.video_id, g.number
            """, [.integer(time)]
        ).map { (try $0.text("video_id"), try $0.int("number")) }
    }

    /// Forgets a generation, what its ledger says and what was read from its source.
    public static func remove(video: String, number: Int, in connection: any SQLConnection) throws {
        for table in [("ledger", "generation"), ("captions", "generation"), ("generations", "number")] {
            try connection.execute(
                "DELETE FROM \(table.0) WHERE video_id = $1 AND \(table.1) = $2", [.text(video), SQLValue(number)])
        }
    }
}
