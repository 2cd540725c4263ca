internal import MediaModel
public import SQL

/// The videos table.
public enum Videos {
    /// All columns that a ``Video`` has, in the order of the values in ``insert(_:in:)``.
    static let columns = """
        id, owner_id, title, description, state, visibility, rejection_code, rejection_detail, failure_code, \
        failure_detail, generation, duration_ms, notes, created_at, updated_at, playable_at, ready_at, blocked_at, \
        blocked_reason
        """

    /// Stores a new video.
    public static func insert(_ video: Video, in connection: any SQLConnection) throws {
        // In the order of `columns`.
        let values: [SQLValue] = try [
            .text(video.id), .text(video.ownerID), .text(video.title), .text(video.description),
            SQLValue(video.block?.making ?? video.state), SQLValue(video.visibility), SQLValue(video.rejectionCode),
            SQLValue(video.rejectionDetail), SQLValue(video.failureCode), SQLValue(video.failureDetail),
            SQLValue(video.generation), SQLValue(video.durationMilliseconds), .json(video.notes),
            .integer(video.createdAt), .integer(video.updatedAt), SQLValue(video.playableAt),
            SQLValue(video.readyAt), SQLValue(video.block?.at), SQLValue(video.block?.reason),
        ]
        try connection.execute(
            "INSERT INTO videos (\(columns)) VALUES (\(places(values.count, from: 1)))", values)
    }

    /// The video with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Video? {
        try connection.query("SELECT \(columns) FROM videos WHERE id = $1", [.text(id)]).first.map(Video.init)
    }

    /// The video with an identifier, which nobody else changes until the commit: for a change that depends on what it is.
    public static func lock(id: String, in connection: any SQLConnection) throws -> Video? {
        // An update and not `SELECT … FOR UPDATE`, which not every engine knows.
        try connection.query("UPDATE videos SET state = state WHERE id = $1 RETURNING \(columns)", [.text(id)])
            .first.map(Video.init)
    }

    /// A user's own videos in every state, newest first.
    /// - Parameters:
    ///   - cursor: The identifier of the last video of the page before; `nil` for the first page.
    ///   - limit: Videos a page.
    public static func list(
        owner: String, before cursor: String? = nil, limit: Int, in connection: any SQLConnection
    ) throws -> [Video] {
        // An identifier begins with its time, so it is the order and the cursor in one.
        try connection.query(
            "SELECT \(columns) FROM videos WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            [.text(owner), .text(cursor ?? afterAll), SQLValue(limit)]
        ).map(Video.init)
    }

    /// The finished videos that everybody may see, newest first.
    public static func listPublic(
        before cursor: String? = nil, limit: Int, in connection: any SQLConnection
    ) throws -> [Video] {
        try connection.query(
            """
            SELECT \(columns) FROM videos WHERE visibility = $1 AND state = $2 AND blocked_at IS NULL AND id < $3
            ORDER BY id DESC LIMIT $4
            """,
            [SQLValue(VideoVisibility.public), SQLValue(VideoState.ready), .text(cursor ?? afterAll), SQLValue(limit)]
        ).map(Video.init)
    }

    /// Removes a video with its source, generations, jobs and ledger rows; its objects are the caller's to remove.
    /// - Returns: Whether there was one.
    @discardableResult
    public static func delete(_ id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM videos WHERE id = $1", [.text(id)]) == 1
    }

    /// Sorts after every identifier: `{` follows `z`.
    private static let afterAll = "vid_{"
}
