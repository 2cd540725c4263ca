public import MediaModel
public import SQL

/// Changes of a video. Each names the states in which it is accepted and returns whether it was made, so that two callers at
/// the same moment cannot undo each other's change.
extension Videos {
    /// Moves a video to the state after an event.
    /// - Parameter time: Milliseconds since 1970.
    /// - Returns: Whether the event was accepted in the video's state.
    @discardableResult
    public static func apply(
        _ event: VideoState.Event, to id: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: event)), updated_at = $2
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(event))
            """, [.text(id), .integer(time)]) == 1
    }

    /// Stores what the owner may change of a video.
    /// - Returns: Whether there is such a video.
    @discardableResult
    public static func setDetails(
        _ details: VideoDetails, of id: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE videos SET title = $2, description = $3, updated_at = $4 WHERE id = $1",
            [.text(id), .text(details.title), .text(details.description), .integer(time)]) == 1
    }

    /// Stores the duration and the notes that the probe found.
    @discardableResult
    public static func setFindings(
        _ id: String, durationMilliseconds: Int64?, notes: [String], at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE videos SET duration_ms = $2, notes = $3, updated_at = $4 WHERE id = $1",
            [.text(id), SQLValue(durationMilliseconds), .json(notes), .integer(time)]) == 1
    }

    /// Rejects the upload if it is being uploaded or processed.
    @discardableResult
    public static func reject(
        _ id: String, _ rejection: Rejection, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: .rejected)), rejection_code = $2,
                rejection_detail = $3, updated_at = $4
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.rejected))
            """,
            [.text(id), SQLValue(rejection.code), .text(rejection.detail), .integer(time)]) == 1
    }

    /// Marks a video as failed unless it is ready.
    @discardableResult
    public static func fail(
        _ id: String, _ code: FailureCode, _ detail: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: .failed)), failure_code = $2, failure_detail = $3,
                updated_at = $4
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.failed))
            """,
            [.text(id), SQLValue(code), .text(detail), .integer(time)]) == 1
    }

    /// Resumes a failed video and clears its failure's code and detail.
    @discardableResult
    public static func resume(_ id: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = CASE WHEN playable_at IS NULL THEN \(VideoState.expression(after: .retried))
                ELSE \(VideoState.expression(after: .retriedPlayable)) END,
                failure_code = NULL, failure_detail = NULL, updated_at = $2
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.retried))
            """,
            [.text(id), .integer(time)]) == 1
    }

    /// Serves a generation whose first segments exist, if nothing is served yet.
    /// - Returns: Whether this call made the video playable.
    @discardableResult
    public static func setPlayable(
        _ id: String, generation: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: .segmentsAvailable)), generation = $2, playable_at = $3,
                updated_at = $3
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.segmentsAvailable))
            """,
            [.text(id), SQLValue(generation), .integer(time)]) == 1
    }

    /// Serves a finished generation, in place of an older one if there is one.
    /// - Returns: Whether the video is now served from it.
    @discardableResult
    public static func setReady(
        _ id: String, generation: Int, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET state = \(VideoState.expression(after: .published)), generation = $2,
                playable_at = COALESCE(playable_at, $3),
                ready_at = COALESCE(ready_at, $3), updated_at = $3
            WHERE id = $1 AND state IN \(sql: VideoState.accepting(.published))
                AND (generation IS NULL OR generation <= $2)
            """,
            [.text(id), SQLValue(generation), .integer(time)]) == 1
    }

    /// Returns a failed, rejected or processing video to the start of processing.
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
}
