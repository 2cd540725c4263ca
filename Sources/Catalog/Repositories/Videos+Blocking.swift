public import SQL

/// Blocking and unblocking videos. Processing of a blocked video goes on.
extension Videos {
    /// Most characters of a reason.
    public static let blockReasonLimit = 500

    /// Blocks a video in any state. It reads as ``VideoState/blocked`` from the commit on.
    /// - Parameter reason: For its owner; at most ``blockReasonLimit`` characters.
    /// - Returns: Whether there is such a video that was not blocked.
    public static func block(
        _ id: String, reason: String, at time: Int64, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            """
            UPDATE videos SET blocked_at = $2, blocked_reason = $3, updated_at = $2
            WHERE id = $1 AND blocked_at IS NULL AND state <> \(sql: VideoState.blocked)
            """, [.text(id), .integer(time), .text(reason)]) == 1
    }

    /// Unblocks a video; it is then in the state that its processing has reached.
    /// - Returns: Whether it was blocked.
    public static func unblock(_ id: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        // Older versions wrote `blocked` into the state itself: the other columns tell which state it replaced.
        try connection.execute(
            """
            UPDATE videos SET blocked_at = NULL, blocked_reason = NULL, updated_at = $2,
                state = CASE WHEN state <> \(sql: VideoState.blocked) THEN state
                    WHEN ready_at IS NOT NULL THEN \(sql: VideoState.ready)
                    WHEN playable_at IS NOT NULL THEN \(sql: VideoState.playable)
                    WHEN rejection_code IS NOT NULL THEN \(sql: VideoState.rejected)
                    WHEN failure_code IS NOT NULL THEN \(sql: VideoState.failed)
                    WHEN EXISTS (SELECT 1 FROM sources WHERE video_id = $1) THEN \(sql: VideoState.processing)
                    ELSE \(sql: VideoState.draft) END
            WHERE id = $1 AND (blocked_at IS NOT NULL OR state = \(sql: VideoState.blocked))
            """, [.text(id), .integer(time)]) == 1
    }
}
