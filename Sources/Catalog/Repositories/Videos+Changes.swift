public import MediaModel
public import SQL

/// Changes of a video. Each one says the states it may start from and answers whether it took place, so that two who
/// act at the same moment cannot undo each other.
extension Videos {
    /// Moves a video to another state.
    /// - Parameters:
    ///   - from: The states it may be in now; `nil` for any.
    ///   - time: Milliseconds since 1970.
    /// - Returns: Whether it was in one of them.
    @discardableResult
    public static func setState(
        _ id: String, to state: VideoState, from: [VideoState]? = nil, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        let states = from ?? VideoState.allCases
        return try connection.execute(
            """
            UPDATE videos SET state = $2, updated_at = $3 WHERE id = $1 AND state IN (\(places(states.count, from: 4)))
            """,
            [.text(id), SQLValue(state), .integer(time)] + states.map { SQLValue($0) }) == 1
    }

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

    /// Changes what the creator may change.
    @discardableResult
    public static func setDetails(
        _ id: String, title: String, description: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE videos SET title = $2, description = $3, updated_at = $4 WHERE id = $1",
            [.text(id), .text(title), .text(description), .integer(time)]) == 1
    }

    /// Stores what the probe found out for the creator.
    @discardableResult
    public static func setFindings(
        _ id: String, durationMilliseconds: Int64?, notes: [String], at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE videos SET duration_ms = $2, notes = $3, updated_at = $4 WHERE id = $1",
            [.text(id), SQLValue(durationMilliseconds), .json(notes), .integer(time)]) == 1
    }

    /// Refuses the upload, if it is being uploaded or processed.
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

    /// Gives up on a video that is not finished. One that is ready keeps what it has.
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

    /// Takes up a failed video again; the failure's code and detail go.
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

    /// Serves a generation that is finished, in place of an older one if there is one.
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

    /// `$4, $5, $6` for three values from the fourth on.
    static func places(_ count: Int, from first: Int) -> String {
        (first..<(first + count)).map { "$\($0)" }.joined(separator: ", ")
    }
}
