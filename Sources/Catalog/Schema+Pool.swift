extension Schema {
    /// Whose share of the pool a task uses; and indexes over the few rows that are waiting or handed out, so that the cost
    /// of a step does not grow with what is finished.
    static let shares = [
        "ALTER TABLE jobs ADD COLUMN share TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE tasks ADD COLUMN share TEXT NOT NULL DEFAULT ''",
        "UPDATE jobs SET share = (SELECT owner_id FROM videos WHERE videos.id = jobs.video_id)",
        "UPDATE tasks SET share = (SELECT jobs.share FROM jobs WHERE jobs.id = tasks.job_id)",
        // The lanes' names happen to sort by urgency, the other way round: urgent, normal, bulk.
        "CREATE INDEX tasks_waiting ON tasks (share, lane DESC, job_id, ordinal) WHERE dispatched_at IS NULL",
        "CREATE INDEX tasks_handed_out ON tasks (share) WHERE finished_at IS NULL AND dispatched_at IS NOT NULL",
        "CREATE INDEX tasks_open ON tasks (job_id) WHERE finished_at IS NULL",
    ]

    /// How many workers went silent over a task: what tells one that kills them from one that is often handed back.
    static let losses = ["ALTER TABLE tasks ADD COLUMN losses BIGINT NOT NULL DEFAULT 0"]

    /// A task's share of its kind's work, so that progress is added up without reading what the tasks do.
    static let weights = ["ALTER TABLE tasks ADD COLUMN weight BIGINT NOT NULL DEFAULT 1"]

    /// In which folder an upload's bytes lie: processes on several machines may have one each.
    static let uploadFolders = ["ALTER TABLE uploads ADD COLUMN folder TEXT NOT NULL DEFAULT ''"]

    /// Who works, and what an operator has told the pool.
    static let pool = [
        """
        CREATE TABLE workers (
            name TEXT NOT NULL PRIMARY KEY,
            host TEXT NOT NULL,
            process BIGINT NOT NULL,
            version TEXT NOT NULL,
            slots BIGINT NOT NULL,
            busy BIGINT NOT NULL,
            lanes TEXT NOT NULL,
            is_draining BIGINT NOT NULL DEFAULT 0,
            started_at BIGINT NOT NULL,
            seen_at BIGINT NOT NULL)
        """,
        "CREATE TABLE paused_lanes (lane TEXT NOT NULL PRIMARY KEY, paused_at BIGINT NOT NULL)",
    ]
}
