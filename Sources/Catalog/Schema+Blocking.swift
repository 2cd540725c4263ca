extension Schema {
    /// Videos that an operator has taken down. The state column goes on saying how far the making is, so that jobs under way
    /// change nothing about the block, and lifting it needs no memory of what was before.
    static let blocking = [
        "ALTER TABLE videos ADD COLUMN blocked_at BIGINT",
        "ALTER TABLE videos ADD COLUMN blocked_reason TEXT",
        // Few at a time: the operator's list of them does not read all videos.
        "CREATE INDEX videos_blocked ON videos (id) WHERE blocked_at IS NOT NULL",
    ]

    /// How many deliveries each account has asked for itself in its current window.
    static let webhookRequests = [
        """
        CREATE TABLE webhook_requests (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            window_end BIGINT NOT NULL,
            requests BIGINT NOT NULL)
        """
    ]
}
