internal import SQL

/// One message to one endpoint, and how far it is.
public struct Delivery: Sendable, Hashable {
    /// `dlv_…`, also in the header `Videohost-Delivery`.
    public var id: String
    /// The endpoint.
    public var webhookID: String
    /// What it tells.
    public var event: WebhookEvent
    /// The JSON that is sent, byte by byte the same each time.
    public var body: String
    /// Where it is.
    public var state: State
    /// Attempts that were begun.
    public var attempts: Int
    /// Milliseconds since 1970.
    public var nextAttemptAt: Int64
    /// The last answer's status.
    public var lastStatus: Int?
    /// What went wrong last.
    public var lastError: String?
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Milliseconds since 1970.
    public var deliveredAt: Int64?

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        webhookID = try row.text("webhook_id")
        event = try row.named("event")
        body = try row.text("body")
        state = try row.named("state")
        attempts = try row.int("attempts")
        nextAttemptAt = try row.integer("next_attempt_at")
        lastStatus = try row.optionalInt("last_status")
        lastError = try row.optionalText("last_error")
        createdAt = try row.integer("created_at")
        deliveredAt = try row.optionalInteger("delivered_at")
    }
}
