public import SQL

/// The uploads table.
public enum Uploads {
    static let columns =
        "id, owner_id, video_id, kind, length, metadata, parts, token_hash, state, created_at, expires_at"

    /// Stores a new upload.
    /// - Parameters:
    ///   - folder: The identity of the folder in which its bytes lie.
    ///   - byteCount: Bytes that it is to have, where it does not say so itself: what is taken of the account's quota.
    public static func insert(
        _ upload: Upload, folder: String = "", reserving byteCount: Int64 = 0, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO uploads (\(columns), folder, reserved)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            [
                .text(upload.id), .text(upload.ownerID), SQLValue(upload.videoID), SQLValue(upload.kind),
                SQLValue(upload.length), SQLValue(upload.metadata), .json(upload.parts), .text(upload.tokenHash),
                SQLValue(upload.state), .integer(upload.createdAt), .integer(upload.expiresAt), .text(folder),
                .integer(upload.length ?? byteCount),
            ])
    }

    /// Bytes of the account's quota that an open upload has taken; `nil` if it is not open (any more).
    public static func reserved(_ id: String, in connection: any SQLConnection) throws -> Int64? {
        try connection.query("SELECT reserved FROM uploads WHERE id = $1 AND state = 'open'", [.text(id)])
            .first?.integer("reserved")
    }

    /// Sets how many bytes of the account's quota an upload takes.
    public static func setReserved(_ id: String, to byteCount: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE uploads SET reserved = $2 WHERE id = $1", [.text(id), .integer(byteCount)])
    }

    /// Lets an upload that is made of parts take over what they have of the quota: bytes count once. The account's row
    /// must be locked.
    public static func takeOverParts(of upload: Upload, in connection: any SQLConnection) throws {
        for part in Set(upload.parts).sorted() { try setReserved(part, to: 0, in: connection) }
    }

    /// Gives finished parts what they had of the quota, because the upload that was to be made of them has ended.
    public static func giveBackParts(of upload: Upload, in connection: any SQLConnection) throws {
        for part in Set(upload.parts).sorted() {
            try connection.execute(
                "UPDATE uploads SET reserved = length WHERE id = $1 AND kind = 'partial' AND state = 'complete'",
                [.text(part)])
        }
    }

    /// Forgets the oldest of an account's uploads that have ended, but for finished parts: those that are made to be
    /// remembered must not become too many.
    /// - Parameter count: How many stay.
    public static func forgetEnded(owner: String, keeping count: Int, in connection: any SQLConnection) throws {
        let ended = "owner_id = $1 AND (state = 'terminated' OR (state = 'complete' AND kind <> 'partial'))"
        try connection.execute(
            """
            DELETE FROM uploads WHERE \(ended)
                AND id <= (SELECT id FROM uploads WHERE \(ended) ORDER BY id DESC LIMIT 1 OFFSET $2)
            """, [.text(owner), SQLValue(count)])
    }

    /// The upload with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Upload? {
        try connection.query("SELECT \(columns) FROM uploads WHERE id = $1", [.text(id)]).first.map(Upload.init)
    }

    /// The upload with an identifier, which nobody else changes until the commit: for a change that depends on what it is.
    public static func lock(id: String, in connection: any SQLConnection) throws -> Upload? {
        try connection.query("UPDATE uploads SET state = state WHERE id = $1 RETURNING \(columns)", [.text(id)])
            .first.map(Upload.init)
    }

    /// Writes everything about an upload that can change: video, length, metadata, parts, state and expiry.
    /// - Returns: Whether there is such an upload.
    @discardableResult
    public static func update(_ upload: Upload, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE uploads SET video_id = $2, length = $3, metadata = $4, parts = $5, state = $6, expires_at = $7
            WHERE id = $1
            """,
            [
                .text(upload.id), SQLValue(upload.videoID), SQLValue(upload.length), SQLValue(upload.metadata),
                .json(upload.parts), SQLValue(upload.state), .integer(upload.expiresAt),
            ]) == 1
    }

    /// Lets an open upload live on until a time, unless it does so already.
    public static func prolong(_ id: String, until time: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE uploads SET expires_at = $2 WHERE id = $1 AND state = $3 AND expires_at < $2",
            [.text(id), .integer(time), SQLValue(UploadState.open)])
    }

    /// Moves an upload to another state.
    /// - Returns: Whether it was in state `from`: of two who finish the same upload one gets `true`.
    @discardableResult
    public static func setState(
        _ id: String, to state: UploadState, from: UploadState = .open, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE uploads SET state = $2 WHERE id = $1 AND state = $3", [.text(id), SQLValue(state), SQLValue(from)]
        ) == 1
    }

    /// The uploads of a video, oldest first.
    public static func list(video: String, in connection: any SQLConnection) throws -> [Upload] {
        try connection.query("SELECT \(columns) FROM uploads WHERE video_id = $1 ORDER BY id", [.text(video)])
            .map(Upload.init)
    }

    /// Uploads whose time is over, a page at a time in the order of their ids.
    /// - Parameters:
    ///   - cursor: The last id of the page before; `nil` for the first page.
    ///   - folder: Only those whose bytes lie in this folder.
    ///   - time: Now, in milliseconds since 1970.
    ///   - limit: How many at most.
    public static func listExpired(
        at time: Int64, after cursor: String? = nil, folder: String = "", limit: Int = 100,
        in connection: any SQLConnection
    ) throws -> [Upload] {
        try connection.query(
            """
            SELECT \(columns) FROM uploads WHERE expires_at <= $1 AND folder IN ('', $3) AND id > $4 ORDER BY id LIMIT $2
            """,
            [.integer(time), SQLValue(limit), .text(folder), .text(cursor ?? "")]
        ).map(Upload.init)
    }

    /// Removes an upload's row; its bytes are the caller's to remove.
    @discardableResult
    public static func delete(_ id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM uploads WHERE id = $1", [.text(id)]) == 1
    }
}
