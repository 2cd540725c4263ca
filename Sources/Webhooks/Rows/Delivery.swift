internal import SQL

/// One message to one endpoint, and how far it is.
public struct Delivery: Sendable, Hashable {
    /// `dlv_…`, also in the header `Videohost-Delivery`.
    public var id: String
    /// The endpoint.
    public var webhookID: String
    /// The event that it reports.
    public var event: WebhookEvent
    /// The JSON that is sent, the same bytes in each attempt.
    public var body: String
    /// How far it is.
    public var state: State
    /// Attempts that were begun.
    public var attempts: Int
    /// When the next attempt is due, or the current one can be taken over, in milliseconds since 1970.
    public var nextAttemptAt: Int64
    /// The status of the last response.
    public var lastStatus: Int?
    /// Why the last attempt failed.
    public var lastError: String?
    /// When it was created, in milliseconds since 1970.
    public var createdAt: Int64
    /// When the endpoint accepted it, in milliseconds since 1970.
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
