public import SQL

/// The queries of the `webhook_deliveries` table.
public enum Deliveries {
    static let columns = """
        id, webhook_id, event, body, state, attempts, next_attempt_at, last_status, last_error, created_at, delivered_at
        """

    static func insert(
        id: String, webhook: String, event: WebhookEvent, body: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO webhook_deliveries (id, webhook_id, event, body, state, next_attempt_at, created_at)
            VALUES ($1, $2, $3, $4, \(sql: Delivery.State.waiting), $5, $5)
            """, [.text(id), .text(webhook), SQLValue(event), .text(body), .integer(time)])
    }

    /// The delivery with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Delivery? {
        try connection.query("SELECT \(columns) FROM webhook_deliveries WHERE id = $1", [.text(id)])
            .first.map(Delivery.init)
    }

    /// An endpoint's deliveries, newest first.
    /// - Parameters:
    ///   - cursor: The last id of the page before; `nil` for the first page.
    ///   - limit: Most deliveries of a page.
    public static func list(
        webhook: String, before cursor: String? = nil, limit: Int = 20, in connection: any SQLConnection
    ) throws -> [Delivery] {
        let cut = cursor == nil ? "" : " AND id < $3"
        return try connection.query(
            "SELECT \(columns) FROM webhook_deliveries WHERE webhook_id = $1\(cut) ORDER BY id DESC LIMIT $2",
            [.text(webhook), SQLValue(limit)] + (cursor.map { [.text($0)] } ?? [])
        ).map(Delivery.init)
    }

    /// Queues a delivery that has ended once more, with all attempts anew.
    /// - Returns: Whether it had ended.
    public static func redeliver(_ id: String, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = \(Delivery.State.expression(after: .redelivered)), attempts = 0,
                next_attempt_at = $2, delivered_at = NULL
            WHERE id = $1 AND state IN \(sql: Delivery.State.accepting(.redelivered))
            """, [.text(id), .integer(time)]) == 1
    }

    /// Whether a delivery is due.
    /// - Parameter isAnswering: Whether only endpoints that answered in time the last time are considered.
    static func isAnyDue(at time: Int64, isAnswering: Bool = false, in connection: any SQLConnection) throws -> Bool {
        try connection.query(
            """
            SELECT id FROM webhook_deliveries due
            WHERE state IN \(sql: Delivery.State.accepting(.claimed)) AND next_attempt_at <= $1 \(isAnswering ? answering : "") LIMIT 1
            """, [.integer(time)]
        ).first != nil
    }

    private static let answering = """
        AND due.webhook_id IN (SELECT soon.id FROM webhooks soon WHERE soon.answers = 1)
        """

    /// Claims a due delivery for an attempt: of the account with the fewest attempts under way, the one due for longest.
    ///
    /// Endpoints with an attempt under way and accounts with `perAccount` of them are left out.
    ///
    /// On PostgreSQL processes that claim at the same moment do not see each other's claims: an account, or an endpoint, may
    /// then have one more attempt under way for each of them.
    ///
    /// The process has `lease` milliseconds to record the result; after that other processes take the delivery over.
    /// - Parameter isAnswering: Whether only endpoints that answered in time the last time are considered.
    static func claim(
        at time: Int64, lease: Int64, perAccount: Int, isAnswering: Bool = false, in connection: any SQLConnection
    ) throws -> Delivery? {
        // The outer conditions repeat the inner ones: PostgreSQL checks them again after waiting for another claim.
        // The attempts under way are counted once and not for each due row, of which an account may have many.
        try connection.query(
            """
            UPDATE webhook_deliveries SET state = \(Delivery.State.expression(after: .claimed)), attempts = attempts + 1,
                next_attempt_at = $2
            WHERE state IN \(sql: Delivery.State.accepting(.claimed)) AND next_attempt_at <= $1 AND id = (
                SELECT due.id FROM webhook_deliveries due
                JOIN webhooks owned ON owned.id = due.webhook_id
                LEFT JOIN (
                    SELECT hook.user_id AS user_id, COUNT(*) AS running
                    FROM webhook_deliveries busy JOIN webhooks hook ON hook.id = busy.webhook_id
                    WHERE busy.state = \(sql: Delivery.State.sending) AND busy.next_attempt_at > $1
                    GROUP BY hook.user_id) theirs ON theirs.user_id = owned.user_id
                WHERE due.state IN \(sql: Delivery.State.accepting(.claimed)) AND due.next_attempt_at <= $1
                    AND due.webhook_id NOT IN (
                        SELECT busy.webhook_id FROM webhook_deliveries busy
                        WHERE busy.state = \(sql: Delivery.State.sending) AND busy.next_attempt_at > $1)
                    AND COALESCE(theirs.running, 0) < $3 \(isAnswering ? answering : "")
                ORDER BY COALESCE(theirs.running, 0), due.next_attempt_at, due.id LIMIT 1)
            RETURNING \(columns)
            """, [.integer(time), .integer(time + lease), SQLValue(perAccount)]
        ).first.map(Delivery.init)
    }

    /// Records the result of an attempt, unless another process has taken the delivery over.
    /// - Returns: Whether it was recorded.
    static func end(
        _ delivery: Delivery, _ verdict: Verdict, status: Int?, error: String?, at time: Int64,
        in connection: any SQLConnection
    ) throws -> Bool {
        let event: Delivery.State.Event
        var due = time
        switch verdict {
        case .delivered: event = .delivered
        case .again(let after), .postponed(let after): (event, due) = (.deferred, time + after)
        case .dead, .gone: event = .givenUp
        }
        var attempts = delivery.attempts
        if case .postponed = verdict { attempts -= 1 }
        return try connection.execute(
            """
            UPDATE webhook_deliveries
            SET state = \(Delivery.State.expression(after: event)), next_attempt_at = $3, last_status = $4, last_error = $5, delivered_at = $6,
                attempts = $7
            WHERE id = $1 AND attempts = $2 AND state IN \(sql: Delivery.State.accepting(event))
            """,
            [
                .text(delivery.id), SQLValue(delivery.attempts), .integer(due), SQLValue(status),
                SQLValue(error), verdict == .delivered ? .integer(time) : .null, SQLValue(attempts),
            ]) == 1
    }

    /// Removes ended deliveries that were created before a moment.
    /// - Returns: How many were removed.
    @discardableResult
    static func prune(before time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.execute(
            "DELETE FROM webhook_deliveries WHERE state IN \(sql: Delivery.State.ended) AND created_at < $1",
            [.integer(time)])
    }
}
