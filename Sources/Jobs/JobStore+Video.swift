public import SQL

extension JobStore {
    /// Whether anything is still going to happen to a video.
    public static func hasUnfinishedJob(video: String, in connection: any SQLConnection) throws -> Bool {
        try !connection.query(
            "SELECT id FROM jobs WHERE video_id = $1 AND state IN ('queued', 'running', 'retrying') LIMIT 1",
            [.text(video)]
        ).isEmpty
    }
}
