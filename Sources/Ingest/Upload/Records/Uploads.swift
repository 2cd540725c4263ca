public import SQL

/// The `uploads` table.
///
/// A statement that depends on an upload's state takes its condition from the table of ``UploadState``.
public enum Uploads {
    private static let columns =
        "id, owner_id, video_id, kind, length, metadata, parts, token_hash, state, created_at, expires_at"

    /// The SQL condition that a row is a complete part: ``Upload/isFinishedPart``.
    private static let isFinishedPart =
        "(kind = \(sql: UploadKind.partial) AND state = \(sql: UploadState.complete))"

    /// The SQL condition that a row counts towards its account's quota of bytes: the bytes of a complete upload are those of
    /// its video's source, except for a part.
    private static let reservesBytes = "(\(UploadEvent.receive.condition) OR \(isFinishedPart))"

    // MARK: - Single uploads

    /// Stores a new upload.
    /// - Parameters:
    ///   - folder: The identity of the folder that holds its bytes.
    ///   - byteCount: Bytes of the account's quota that it reserves if its length is not known.
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

    /// The upload with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> Upload? {
        try connection.query("SELECT \(columns) FROM uploads WHERE id = $1", [.text(id)]).first.map(Upload.init)
    }

    /// The upload with an identifier, locked until the commit: for a change that depends on its state.
    public static func lock(id: String, in connection: any SQLConnection) throws -> Upload? {
        try connection.query("UPDATE uploads SET state = state WHERE id = $1 RETURNING \(columns)", [.text(id)])
            .first.map(Upload.init)
    }

    /// Writes what can change of an upload, except its state: video, length, metadata, parts and expiry.
    /// - Returns: Whether there is such an upload.
    @discardableResult
    public static func update(_ upload: Upload, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            """
            UPDATE uploads SET video_id = $2, length = $3, metadata = $4, parts = $5, expires_at = $6 WHERE id = $1
            """,
            [
                .text(upload.id), SQLValue(upload.videoID), SQLValue(upload.length), SQLValue(upload.metadata),
                .json(upload.parts), .integer(upload.expiresAt),
            ]) == 1
    }

    /// Moves an upload to the state that follows from an event.
    /// - Returns: Whether the event was allowed: of two that complete the same upload, one gets `true`.
    @discardableResult
    public static func apply(_ event: UploadEvent, to id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE uploads SET state = \(event.nextState) WHERE id = $1 AND \(event.condition)", [.text(id)]) == 1
    }

    /// Extends the lifetime of an open upload to a time, unless it already reaches it.
    public static func prolong(_ id: String, until time: Int64, in connection: any SQLConnection) throws {
        try connection.execute(
            "UPDATE uploads SET expires_at = $2 WHERE id = $1 AND \(UploadEvent.receive.condition) AND expires_at < $2",
            [.text(id), .integer(time)])
    }

    /// Deletes an upload's row; the caller removes its bytes.
    @discardableResult
    public static func delete(_ id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM uploads WHERE id = $1", [.text(id)]) == 1
    }

    // MARK: - Lists

    /// The uploads of a video, oldest first.
    public static func list(video: String, in connection: any SQLConnection) throws -> [Upload] {
        try connection.query("SELECT \(columns) FROM uploads WHERE video_id = $1 ORDER BY id", [.text(video)])
            .map(Upload.init)
    }

    /// The open uploads of a video, oldest first, each with the identity of the folder that holds its bytes.
    public static func listOpen(
        video: String, in connection: any SQLConnection
    ) throws -> [(upload: Upload, folder: String)] {
        try connection.query(
            "SELECT \(columns), folder FROM uploads WHERE video_id = $1 AND \(UploadEvent.receive.condition) ORDER BY id",
            [.text(video)]
        ).map { (try Upload($0), try $0.text("folder")) }
    }

    /// Open uploads, a page at a time in the order of their ids.
    /// - Parameters:
    ///   - cursor: The last id of the page before; `nil` for the first page.
    ///   - folder: Only those whose bytes are in this folder.
    ///   - limit: Most uploads of a page.
    public static func listOpen(
        after cursor: String? = nil, folder: String = "", limit: Int = 100, in connection: any SQLConnection
    ) throws -> [Upload] {
        try connection.query(
            """
            SELECT \(columns) FROM uploads
            WHERE \(UploadEvent.receive.condition) AND id > $1 AND folder IN ('', $3) ORDER BY id LIMIT $2
            """,
            [.text(cursor ?? ""), SQLValue(limit), .text(folder)]
        ).map(Upload.init)
    }

    /// Uploads whose lifetime is over, a page at a time in the order of their ids.
    /// - Parameters:
    ///   - time: Now, in milliseconds since 1970.
    ///   - cursor: The last id of the page before; `nil` for the first page.
    ///   - folder: Only those whose bytes are in this folder.
    ///   - limit: Most uploads of a page.
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

    /// Deletes the oldest ended uploads of an account, except complete parts: rows that only remember an upload must not
    /// accumulate.
    /// - Parameter count: How many remain.
    public static func forgetEnded(owner: String, keeping count: Int, in connection: any SQLConnection) throws {
        let isEnded = "owner_id = $1 AND \(UploadEvent.forget.condition) AND NOT \(isFinishedPart)"
        try connection.execute(
            """
            DELETE FROM uploads WHERE \(isEnded)
                AND id <= (SELECT id FROM uploads WHERE \(isEnded) ORDER BY id DESC LIMIT 1 OFFSET $2)
            """, [.text(owner), SQLValue(count)])
    }

    // MARK: - Shares of the account's quota

    /// Bytes of the account's quota that an open upload reserves; `nil` if it is not open.
    public static func reserved(_ id: String, in connection: any SQLConnection) throws -> Int64? {
        try connection.query(
            "SELECT reserved FROM uploads WHERE id = $1 AND \(UploadEvent.receive.condition)", [.text(id)]
        ).first?.integer("reserved")
    }

    /// Sets how many bytes of the account's quota an upload reserves.
    public static func setReserved(_ id: String, to byteCount: Int64, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE uploads SET reserved = $2 WHERE id = $1", [.text(id), .integer(byteCount)])
    }

    /// Moves the reservations of the parts to the upload that joins them, so that bytes count once. The account's row must be
    /// locked.
    public static func takeOverParts(of upload: Upload, in connection: any SQLConnection) throws {
        for part in Set(upload.parts).sorted() { try setReserved(part, to: 0, in: connection) }
    }

    /// Returns their reservations to complete parts, because the upload that should join them has ended.
    public static func returnParts(of upload: Upload, in connection: any SQLConnection) throws {
        for part in Set(upload.parts).sorted() {
            try connection.execute(
                "UPDATE uploads SET reserved = length WHERE id = $1 AND \(isFinishedPart)", [.text(part)])
        }
    }

    /// Bytes that the uploads of an account reserve, as a subquery for the owner `$1`.
    static let reservedBytesQuery =
        "SELECT COALESCE(SUM(reserved), 0) FROM uploads WHERE owner_id = $1 AND \(reservesBytes)"

    /// The number of an account's open uploads, for the owner `$1`. A final upload is open only during its request and does
    /// not count.
    static let openCountQuery =
        """
        SELECT COUNT(*) FROM uploads
        WHERE owner_id = $1 AND \(UploadEvent.receive.condition) AND kind <> \(sql: UploadKind.final)
        """

    /// The number of an account's complete parts, for the owner `$1`.
    static let partCountQuery = "SELECT COUNT(*) FROM uploads WHERE owner_id = $1 AND \(isFinishedPart)"
}
