public import MediaModel
public import SQL

/// The generations table.
public enum Generations {
    /// Stores a new generation.
    public static func insert(_ generation: Generation, in connection: any SQLConnection) throws {
        let values = try generation.values()
        try connection.execute(
            "INSERT INTO generations (\(Generation.columns)) VALUES (\(values.placeholders))", values)
    }

    /// One generation of a video.
    public static func find(video: String, number: Int, in connection: any SQLConnection) throws -> Generation? {
        try connection.query(
            "SELECT \(Generation.columns) FROM generations WHERE video_id = $1 AND number = $2",
            [.text(video), SQLValue(number)]
        ).first.map(Generation.init)
    }

    /// The newest generation of a video, whether it can be watched or not.
    public static func latest(video: String, in connection: any SQLConnection) throws -> Generation? {
        try connection.query(
            "SELECT \(Generation.columns) FROM generations WHERE video_id = $1 ORDER BY number DESC LIMIT 1",
            [.text(video)]
        ).first.map(Generation.init)
    }

    /// Fixes the plan of a generation that has none.
    /// - Returns: Whether it had none: a plan never changes.
    @discardableResult
    public static func setPlan(
        video: String, number: Int, _ plan: EncodingPlan, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE generations SET plan = $3 WHERE video_id = $1 AND number = $2 AND plan IS NULL",
            [.text(video), SQLValue(number), .json(plan)]) == 1
    }

    /// Moves a generation to the state after an event.
    /// - Returns: Whether the event was accepted in the generation's state.
    /// - Throws: ``CatalogError/noGeneration(video:number:)``.
    @discardableResult
    public static func apply(
        _ event: GenerationState.Event, to number: Int, of video: String, in connection: any SQLConnection
    ) throws -> Bool {
        let changed = try connection.execute(
            """
            UPDATE generations SET state = \(GenerationState.expression(after: event))
            WHERE video_id = $1 AND number = $2 AND state IN \(sql: GenerationState.accepting(event))
            """, [.text(video), SQLValue(number)])
        if changed == 0, try find(video: video, number: number, in: connection) == nil {
            throw CatalogError.noGeneration(video: video, number: number)
        }
        return changed == 1
    }
}
