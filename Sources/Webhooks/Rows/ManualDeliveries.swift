public import SQL

/// Limits how often an account requests deliveries itself: tests, and deliveries that are sent once more.
///
/// Counted in the database, so that the limit holds for all processes together.
public enum ManualDeliveries {
    /// Maximum number of requests of an account in a ``window``.
    public static let limit = 30
    /// Length of a window in milliseconds; the first request begins it.
    public static let window: Int64 = 300_000

    /// Counts a request.
    /// - Returns: `nil` if it is granted; else the milliseconds until the window ends.
    public static func count(user: String, at time: Int64, in connection: any SQLConnection) throws -> Int64? {
        // A window that ends later than one that begins now was written by a clock that has been put back since.
        let counted = try connection.query(
            """
            INSERT INTO webhook_requests (user_id, window_end, requests) VALUES ($1, $3, 1)
            ON CONFLICT (user_id) DO UPDATE SET
                requests = CASE WHEN webhook_requests.window_end > $2 AND webhook_requests.window_end <= $3
                    THEN webhook_requests.requests + 1 ELSE 1 END,
                window_end = CASE WHEN webhook_requests.window_end > $2 AND webhook_requests.window_end <= $3
                    THEN webhook_requests.window_end ELSE excluded.window_end END
            WHERE webhook_requests.window_end <= $2 OR webhook_requests.window_end > $3
                OR webhook_requests.requests < $4
            RETURNING requests
            """, [.text(user), .integer(time), .integer(time + window), SQLValue(limit)])
        guard counted.isEmpty else { return nil }
        let end = try connection.query(
            "SELECT window_end FROM webhook_requests WHERE user_id = $1", [.text(user)]
        ).first?.integer("window_end")
        return max(1, (end ?? time) - time)
    }
}
