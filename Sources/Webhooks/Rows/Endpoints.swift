internal import Accounts
public import SQL

/// The queries of the `webhooks` table.
public enum Endpoints {
    private static let columns = "id, user_id, url, secret, events, created_at, disabled_at, disabled_reason"

    /// Most endpoints of an account.
    public static let limit = 20

    /// Stores a new endpoint, unless the account has as many as it may have.
    /// - Returns: Whether it was stored.
    public static func insert(_ endpoint: Endpoint, in connection: any SQLConnection) throws -> Bool {
        try Users.lock(id: endpoint.userID, in: connection)
        let count = try connection.query(
            "SELECT COUNT(*) AS count FROM webhooks WHERE user_id = $1", [.text(endpoint.userID)]
        ).first?.int("count")
        guard let count, count < limit else { return false }
        try connection.execute(
            "INSERT INTO webhooks (id, user_id, url, secret, events, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(endpoint.id), .text(endpoint.userID), .text(endpoint.url), .text(endpoint.secret),
                .json(endpoint.events.map(\.rawValue)), .integer(endpoint.createdAt),
            ])
        return true
    }

    /// The endpoint with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Endpoint? {
        try connection.query("SELECT \(columns) FROM webhooks WHERE id = $1", [.text(id)]).first.map(Endpoint.init)
    }

    /// An account's endpoints, oldest first.
    public static func list(user: String, in connection: any SQLConnection) throws -> [Endpoint] {
        try connection.query("SELECT \(columns) FROM webhooks WHERE user_id = $1 ORDER BY id", [.text(user)])
            .map(Endpoint.init)
    }

    /// Removes an endpoint with its deliveries.
    /// - Returns: Whether it was there.
    @discardableResult
    public static func delete(_ id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM webhooks WHERE id = $1", [.text(id)]) == 1
    }

    /// Disables an endpoint and gives up its waiting deliveries.
    static func disable(
        _ id: String, reason: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE webhooks SET disabled_at = $2, disabled_reason = $3 WHERE id = $1 AND disabled_at IS NULL",
            [.text(id), .integer(time), .text(reason)])
        try connection.execute(
            """
            UPDATE webhook_deliveries SET state = \(Delivery.State.expression(after: .endpointDisabled)),
                last_error = 'the endpoint was disabled'
            WHERE webhook_id = $1 AND state IN \(sql: Delivery.State.accepting(.endpointDisabled))
            """, [.text(id)])
    }

    /// Records whether an endpoint answered in time when it was last sent something.
    static func note(answers: Bool, _ id: String, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE webhooks SET answers = $2 WHERE id = $1 AND answers <> $2",
            [.text(id), .integer(answers ? 1 : 0)])
    }

    /// Counts a delivery that was given up, or resets the count after one that was delivered.
    /// - Returns: How many were given up in a row.
    static func count(dead: Bool, _ id: String, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            "UPDATE webhooks SET dead_in_row = CASE WHEN $2 = 1 THEN dead_in_row + 1 ELSE 0 END WHERE id = $1 "
                + "RETURNING dead_in_row", [.text(id), .integer(dead ? 1 : 0)]
        ).first?.int("dead_in_row") ?? 0
    }
}
