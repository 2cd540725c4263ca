/// The tables of this module: jobs, tasks, workers and paused lanes.
public enum JobsSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [
        1: jobs + tasks,
        2: tenants + workers,
        4: ["CREATE INDEX jobs_by_end ON jobs (finished_at)"],
        5: losses,
        9: weights,
    ]

    /// Jobs. These rows are the truth; Redis only dispatches.
    private static let jobs = [
        """
        CREATE TABLE jobs (
            id TEXT NOT NULL PRIMARY KEY,
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            generation BIGINT NOT NULL,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            error_code TEXT,
            error_detail TEXT,
            created_at BIGINT NOT NULL,
            started_at BIGINT,
            finished_at BIGINT)
        """,
        "CREATE INDEX jobs_by_state ON jobs (state, id)",
        "CREATE INDEX jobs_by_video ON jobs (video_id, generation)",
    ]

    /// The tasks of jobs.
    private static let tasks = [
        """
        CREATE TABLE tasks (
            id TEXT NOT NULL PRIMARY KEY,
            job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
            video_id TEXT NOT NULL,
            generation BIGINT NOT NULL,
            ordinal BIGINT NOT NULL,
            spec TEXT NOT NULL,
            kind TEXT NOT NULL,
            lane TEXT NOT NULL,
            state TEXT NOT NULL,
            epoch BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0,
            max_attempts BIGINT NOT NULL DEFAULT 3,
            not_before BIGINT,
            lease_until BIGINT,
            worker TEXT,
            progress DOUBLE PRECISION NOT NULL DEFAULT 0,
            error_code TEXT,
            error_detail TEXT,
            exit_status BIGINT,
            log_tail TEXT,
            dispatched_at BIGINT,
            created_at BIGINT NOT NULL,
            started_at BIGINT,
            finished_at BIGINT)
        """,
        "CREATE INDEX tasks_by_state ON tasks (state, not_before)",
        "CREATE INDEX tasks_by_job ON tasks (job_id, ordinal)",
        "CREATE INDEX tasks_by_video ON tasks (video_id, generation)",
    ]

    /// The tenant of the pool for which a task runs (the column `share`), and indexes over the few rows that wait or are
    /// handed out, so that the cost of a step does not grow with the number of finished tasks.
    private static let tenants = [
        "ALTER TABLE jobs ADD COLUMN share TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE tasks ADD COLUMN share TEXT NOT NULL DEFAULT ''",
        "UPDATE jobs SET share = (SELECT owner_id FROM videos WHERE videos.id = jobs.video_id)",
        "UPDATE tasks SET share = (SELECT jobs.share FROM jobs WHERE jobs.id = tasks.job_id)",
        // The lanes' names sort by urgency in descending order: urgent, normal, bulk.
        "CREATE INDEX tasks_waiting ON tasks (share, lane DESC, job_id, ordinal) WHERE dispatched_at IS NULL",
        "CREATE INDEX tasks_handed_out ON tasks (share) WHERE finished_at IS NULL AND dispatched_at IS NOT NULL",
        "CREATE INDEX tasks_open ON tasks (job_id) WHERE finished_at IS NULL",
    ]

    /// Workers, and the lanes that an operator has paused.
    private static let workers = [
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

    /// How many workers were lost over a task: tells a task that kills workers from one that is often handed back.
    private static let losses = ["ALTER TABLE tasks ADD COLUMN losses BIGINT NOT NULL DEFAULT 0"]

    /// A task's part of the work of its kind, so that progress is added up without reading the tasks' specifications.
    private static let weights = ["ALTER TABLE tasks ADD COLUMN weight BIGINT NOT NULL DEFAULT 1"]
}
