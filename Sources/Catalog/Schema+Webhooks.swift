extension Schema {
    /// Endpoints that creators want to be told at, and what each is told; a delivery is written with the change it tells of.
    static let webhooks = [
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

    /// Whether an endpoint answered soon when it was told last: such endpoints have lanes that no others get.
    static let webhookAnswers = ["ALTER TABLE webhooks ADD COLUMN answers BIGINT NOT NULL DEFAULT 0"]
}
