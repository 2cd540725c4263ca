internal import MediaModel
public import SQL

/// The queries of the `videos` table; changes of its rows are in `Videos+Changes.swift`.
public enum Videos {
    /// Stores a new video.
    public static func insert(_ video: Video, in connection: any SQLConnection) throws {
        let values = try video.values()
        try connection.execute(
            "INSERT INTO videos (\(Video.columns)) VALUES (\(values.placeholders))", values)
    }

    /// The video with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Video? {
        try connection.query("SELECT \(Video.columns) FROM videos WHERE id = $1", [.text(id)]).first.map(Video.init)
    }

    /// The videos with these identifiers, in no order; those that do not exist are left out.
    public static func find(ids: some Collection<String>, in connection: any SQLConnection) throws -> [Video] {
        guard !ids.isEmpty else { return [] }
        let values = ids.map(SQLValue.text)
        return try connection.query(
            "SELECT \(Video.columns) FROM videos WHERE id IN (\(values.placeholders))", values
        ).map(Video.init)
    }

    /// The video with an identifier, locked until the commit: for a change that depends on its values.
    public static func lock(id: String, in connection: any SQLConnection) throws -> Video? {
        // An update and not `SELECT … FOR UPDATE`, which SQLite does not have.
        try connection.query("UPDATE videos SET state = state WHERE id = $1 RETURNING \(Video.columns)", [.text(id)])
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
            "SELECT \(Video.columns) FROM videos WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            [.text(owner), .text(cursor ?? afterAll), SQLValue(limit)]
        ).map(Video.init)
    }

    /// The finished videos that everybody may see, newest first.
    public static func listPublic(
        before cursor: String? = nil, limit: Int, in connection: any SQLConnection
    ) throws -> [Video] {
        try connection.query(
            """
            SELECT \(Video.columns) FROM videos WHERE visibility = $1 AND state = $2 AND blocked_at IS NULL AND id < $3
            ORDER BY id DESC LIMIT $4
            """,
            [SQLValue(VideoVisibility.public), SQLValue(VideoState.ready), .text(cursor ?? afterAll), SQLValue(limit)]
        ).map(Video.init)
    }

    /// Which videos an operator lists.
    public struct Filter: Sendable, Hashable {
        /// States as viewers see them, any of them; all if empty.
        public var states: Set<VideoState>
        /// Only this user's.
        public var ownerID: String?
        /// Most videos.
        public var limit: Int

        /// A filter.
        public init(states: Set<VideoState> = [], ownerID: String? = nil, limit: Int = 50) {
            self.states = states
            self.ownerID = ownerID
            self.limit = limit
        }
    }

    /// Videos of everybody, newest first.
    public static func list(_ filter: Filter, in connection: any SQLConnection) throws -> [Video] {
        var (terms, arguments) = ([String](), [SQLValue]())
        if !filter.states.isEmpty {
            // The `state` column of a blocked video says how far its processing is.
            let names = filter.states.subtracting([.blocked]).map(\.rawValue).sorted()
            arguments = names.map(SQLValue.text)
            var states = names.isEmpty ? [] : ["(blocked_at IS NULL AND state IN (\(arguments.placeholders)))"]
            if filter.states.contains(.blocked) {
                states.append("blocked_at IS NOT NULL OR state = \(sql: VideoState.blocked)")
            }
            terms.append("(\(states.joined(separator: " OR ")))")
        }
        if let owner = filter.ownerID {
            arguments.append(.text(owner))
            terms.append("owner_id = $\(arguments.count)")
        }
        arguments.append(SQLValue(filter.limit))
        return try connection.query(
            """
            SELECT \(Video.columns) FROM videos \(terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND "))
            ORDER BY id DESC LIMIT $\(arguments.count)
            """, arguments
        ).map(Video.init)
    }

    /// The generation from which a video is served; `nil` if none is.
    public static func servedGeneration(_ id: String, in connection: any SQLConnection) throws -> Int? {
        try connection.query("SELECT generation FROM videos WHERE id = $1", [.text(id)]).first?
            .optionalInt("generation")
    }

    /// Videos of everybody, oldest first, a page at a time.
    /// - Parameter cursor: The identifier of the last video of the page before.
    public static func page(
        after cursor: String?, limit: Int, in connection: any SQLConnection
    ) throws -> [Video] {
        try connection.query(
            "SELECT \(Video.columns) FROM videos WHERE id > $1 ORDER BY id LIMIT $2",
            [.text(cursor ?? ""), SQLValue(limit)]
        ).map(Video.init)
    }

    /// Drafts that nobody has changed since a moment, the oldest first.
    /// - Parameters:
    ///   - time: The moment, in milliseconds since 1970.
    ///   - limit: How many at most.
    public static func listDrafts(
        unchangedSince time: Int64, limit: Int, in connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT id FROM videos WHERE state = \(sql: VideoState.draft) AND updated_at < $1
            ORDER BY updated_at, id LIMIT $2
            """,
            [.integer(time), SQLValue(limit)]
        ).map { try $0.text("id") }
    }

    /// Rejected videos whose source was stored before a moment and is still there, the oldest first.
    public static func listRejected(
        sentBefore time: Int64, limit: Int, in connection: any SQLConnection
    ) throws -> [String] {
        try connection.query(
            """
            SELECT videos.id AS id FROM videos JOIN sources ON sources.video_id = videos.id
            WHERE videos.state = \(sql: VideoState.rejected) AND sources.created_at < $1
            ORDER BY sources.created_at, videos.id LIMIT $2
            """, [.integer(time), SQLValue(limit)]
        ).map { try $0.text("id") }
    }

    /// Removes a video with its source, generations, jobs and ledger rows; the caller removes its objects.
    /// - Returns: Whether there was one.
    @discardableResult
    public static func delete(_ id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM videos WHERE id = $1", [.text(id)]) == 1
    }

    /// Sorts after every identifier: `{` follows `z`.
    private static let afterAll = "vid_{"
}
