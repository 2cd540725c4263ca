extension Schema {
    /// Making a video again: numbers that are never used twice, what is carried over, and what is to be removed later.
    static let reprocessing = [
        "ALTER TABLE videos ADD COLUMN last_generation BIGINT NOT NULL DEFAULT 0",
        """
        UPDATE videos SET last_generation =
            (SELECT COALESCE(MAX(number), 0) FROM generations WHERE generations.video_id = videos.id)
        """,
        "ALTER TABLE generations ADD COLUMN carries_from BIGINT",
        """
        CREATE TABLE removals (
            id TEXT NOT NULL PRIMARY KEY,
            folder TEXT NOT NULL,
            due_at BIGINT NOT NULL)
        """,
        "CREATE INDEX removals_by_due ON removals (due_at)",
        "CREATE INDEX jobs_by_end ON jobs (finished_at)",
    ]
}
