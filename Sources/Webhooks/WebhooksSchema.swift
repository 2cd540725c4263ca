public import Ground

/// The tables of this module: endpoints, deliveries and the counts of deliveries that accounts have requested.
public enum WebhooksSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [
        3: webhooks + deliveries,
        8: requests,
        11: answers,
    ]

    /// The endpoints that accounts have registered.
    private static let webhooks = [
        """
        CREATE TABLE webhooks (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            url TEXT NOT NULL,
            secret TEXT NOT NULL,
            events TEXT NOT NULL,
            dead_in_row BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            disabled_at BIGINT,
            disabled_reason TEXT)
        """,
        "CREATE INDEX webhooks_by_user ON webhooks (user_id, id)",
    ]

    /// What each endpoint is sent. A delivery is inserted in the transaction of the change that it reports.
    private static let deliveries = [
        """
        CREATE TABLE webhook_deliveries (
            id TEXT NOT NULL PRIMARY KEY,
            webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
            event TEXT NOT NULL,
            body TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts BIGINT NOT NULL DEFAULT 0,
            next_attempt_at BIGINT NOT NULL,
            last_status BIGINT,
            last_error TEXT,
            created_at BIGINT NOT NULL,
            delivered_at BIGINT)
        """,
        "CREATE INDEX webhook_deliveries_due ON webhook_deliveries (state, next_attempt_at)",
        "CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id)",
    ]

    /// How many deliveries each account has requested itself in its current window.
    private static let requests = [
        """
        CREATE TABLE webhook_requests (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            window_end BIGINT NOT NULL,
            requests BIGINT NOT NULL)
        """
    ]

    /// Whether an endpoint answered in time when it was last sent something: senders are reserved for such endpoints.
    private static let answers = ["ALTER TABLE webhooks ADD COLUMN answers BIGINT NOT NULL DEFAULT 0"]
}

extension Identifier.Prefix {
    /// `whk_`
    public static let webhook: Self = "whk_"
    /// `dlv_`
    public static let delivery: Self = "dlv_"
}
