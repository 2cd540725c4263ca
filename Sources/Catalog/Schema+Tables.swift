extension Schema {
    /// Who may sign in. The `_ci` columns hold the folded form that is compared.
    static let people = [
        """
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY,
            email TEXT NOT NULL,
            email_ci TEXT NOT NULL UNIQUE,
            username TEXT NOT NULL,
            username_ci TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            password_scheme TEXT NOT NULL,
            role TEXT NOT NULL,
            created_at BIGINT NOT NULL)
        """
    ]

    /// Videos, the file each was made from, and what was made of it.
    static let videos = [
        """
        CREATE TABLE videos (
            id TEXT NOT NULL PRIMARY KEY,
            owner_id TEXT NOT NULL REFERENCES users (id),
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            state TEXT NOT NULL,
            visibility TEXT NOT NULL DEFAULT 'public',
            rejection_code TEXT,
            rejection_detail TEXT,
            failure_code TEXT,
            failure_detail TEXT,
            generation BIGINT,
            duration_ms BIGINT,
            notes TEXT NOT NULL DEFAULT '[]',
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            playable_at BIGINT,
            ready_at BIGINT)
        """,
        "CREATE INDEX videos_by_owner ON videos (owner_id, id)",
        "CREATE INDEX videos_by_state ON videos (visibility, state, id)",
        """
        CREATE TABLE sources (
            video_id TEXT NOT NULL PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE,
            object_key TEXT NOT NULL,
            byte_count BIGINT NOT NULL,
            file_name TEXT NOT NULL,
            sha256 TEXT,
            facts TEXT,
            created_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE generations (
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            state TEXT NOT NULL,
            plan TEXT,
            published TEXT,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (video_id, number))
        """,
    ]

    /// Uploads under way. A row outlives its video, so that the bytes on disk are still found and removed.
    static let uploads = [
        """
        CREATE TABLE uploads (
            id TEXT NOT NULL PRIMARY KEY,
            owner_id TEXT NOT NULL REFERENCES users (id),
            video_id TEXT REFERENCES videos (id) ON DELETE SET NULL,
            kind TEXT NOT NULL,
            length BIGINT,
            metadata TEXT,
            parts TEXT NOT NULL DEFAULT '[]',
            token_hash TEXT NOT NULL,
            state TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL)
        """,
        "CREATE INDEX uploads_by_expiry ON uploads (expires_at)",
        "CREATE INDEX uploads_by_video ON uploads (video_id)",
    ]

    /// Jobs and their tasks: the truth that Redis only carries around.
    static let jobs = [
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

    /// Finished runs of segments.
    static let ledger = [
        """
        CREATE TABLE ledger (
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            generation BIGINT NOT NULL,
            track TEXT NOT NULL,
            first_segment BIGINT NOT NULL,
            segment_count BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            segments TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (video_id, generation, track, first_segment))
        """
    ]
}
