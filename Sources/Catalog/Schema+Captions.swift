extension Schema {
    /// Captions as WebVTT: those that were read from a source belong to a generation, those that were sent belong to the
    /// video, as generation 0.
    static let captions = [
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
}
