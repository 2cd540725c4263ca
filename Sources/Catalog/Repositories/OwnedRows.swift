internal import SQL

/// Queries of one number that count what an account has in this module's tables; `$1` is the account's identifier.
public enum OwnedRows {
    /// Videos in every state.
    public static let videos = "SELECT COUNT(*) FROM videos WHERE owner_id = $1"
    /// Videos that have no file yet.
    public static let drafts = "\(videos) AND state = \(sql: VideoState.draft)"
    /// Bytes of sources.
    public static let sourceBytes = """
        SELECT COALESCE(SUM(sources.byte_count), 0) FROM videos JOIN sources ON sources.video_id = videos.id
        WHERE videos.owner_id = $1
        """
    /// Bytes of uploaded captions.
    public static let captionBytes = """
        SELECT COALESCE(SUM(captions.byte_count), 0) FROM videos
        JOIN captions ON captions.video_id = videos.id AND captions.generation = 0 WHERE videos.owner_id = $1
        """
}
