/// The tables of this module: videos, sources, generations, the segment ledger, captions and the deletion queue.
public enum CatalogSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [
        1: videos + ledger,
        4: reprocessing + removals,
        6: captions,
        8: blocking,
        10: captionSizes + expiry,
    ]

    /// Videos, their sources and their generations.
    private static let videos = [
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

    /// Finished ranges of segments.
    private static let ledger = [
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

    /// Numbers of generations that are never used twice, and the generation whose tracks another one reuses.
    private static let reprocessing = [
        "ALTER TABLE videos ADD COLUMN last_generation BIGINT NOT NULL DEFAULT 0",
        """
        UPDATE videos SET last_generation =
            (SELECT COALESCE(MAX(number), 0) FROM generations WHERE generations.video_id = videos.id)
        """,
        "ALTER TABLE generations ADD COLUMN carries_from BIGINT",
    ]

    /// The deletion queue: folders of the object store that are removed later.
    private static let removals = [
        """
        CREATE TABLE removals (
            id TEXT NOT NULL PRIMARY KEY,
            folder TEXT NOT NULL,
            due_at BIGINT NOT NULL)
        """,
        "CREATE INDEX removals_by_due ON removals (due_at)",
    ]

    /// Captions as WebVTT: those that were read from a source belong to a generation, those that were uploaded belong to
    /// the video, as generation 0.
    private static let captions = [
        """
        CREATE TABLE captions (
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            generation BIGINT NOT NULL,
            track TEXT NOT NULL,
            language TEXT NOT NULL,
            label TEXT NOT NULL,
            is_forced BIGINT NOT NULL,
            is_for_hearing_impaired BIGINT NOT NULL,
            webvtt TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (video_id, generation, track))
        """
    ]

    /// Videos that an operator has blocked. The state column keeps the state of the processing, so that running jobs do not
    /// change the block, and lifting it restores the state without a copy of it.
    private static let blocking = [
        "ALTER TABLE videos ADD COLUMN blocked_at BIGINT",
        "ALTER TABLE videos ADD COLUMN blocked_reason TEXT",
        // Few at a time: the operator's list of them does not read all videos.
        "CREATE INDEX videos_blocked ON videos (id) WHERE blocked_at IS NOT NULL",
    ]

    /// Bytes of captions, which count against the account's quota.
    private static let captionSizes = [
        "ALTER TABLE captions ADD COLUMN byte_count BIGINT NOT NULL DEFAULT 0",
        // Characters for rows that were there before: the engines have no common function for bytes.
        "UPDATE captions SET byte_count = LENGTH(webvtt)",
    ]

    /// The index by which expired drafts and rejected videos are found.
    private static let expiry = ["CREATE INDEX videos_by_change ON videos (state, updated_at)"]
}
