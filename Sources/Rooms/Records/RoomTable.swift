internal import Accounts
public import SQL

/// The queries of the `rooms` table.
public enum RoomTable {
    /// The largest number of rooms of one account.
    public static let limit = 50

    private static let columns =
        "id, owner_id, video_id, name, mode, visibility, slow_mode_seconds, created_at, used_at"

    /// Inserts a room. Locks its owner's row, so that concurrent inserts of one owner are counted one after the other.
    /// - Returns: `false` if the owner already has ``limit`` rooms; nothing is inserted then.
    public static func insert(_ room: RoomRecord, in connection: any SQLConnection) throws -> Bool {
        try Users.lock(id: room.ownerID, in: connection)
        let row = try connection.query(
            "SELECT COUNT(*) AS total FROM rooms WHERE owner_id = $1", [.text(room.ownerID)]
        ).first
        guard try row?.int("total") ?? 0 < limit else { return false }
        try connection.execute(
            "INSERT INTO rooms (\(columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                .text(room.id), .text(room.ownerID), .text(room.videoID), .text(room.name),
                SQLValue(room.mode), SQLValue(room.visibility), SQLValue(room.slowModeSeconds),
                .integer(room.createdAt), .integer(room.usedAt),
            ])
        return true
    }

    /// Finds a room by its identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> RoomRecord? {
        try connection.query("SELECT \(columns) FROM rooms WHERE id = $1", [.text(id)]).first.map(RoomRecord.init)
    }

    /// Lists public rooms, newest first.
    /// - Parameter before: The identifier of the last room of the previous page; `nil` for the first page.
    public static func list(before: String?, limit: Int, in connection: any SQLConnection) throws -> [RoomRecord] {
        try connection.query(
            """
            SELECT \(columns) FROM rooms WHERE visibility = 'public' AND id < $1 ORDER BY id DESC LIMIT $2
            """, [.text(before ?? afterAll), SQLValue(limit)]
        ).map(RoomRecord.init)
    }

    /// Updates the columns that the owner may change.
    /// - Returns: Whether the room exists.
    public static func update(_ room: RoomRecord, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE rooms SET name = $2, mode = $3, visibility = $4, slow_mode_seconds = $5 WHERE id = $1",
            [
                .text(room.id), .text(room.name), .text(room.mode.rawValue), .text(room.visibility.rawValue),
                SQLValue(room.slowModeSeconds),
            ]) > 0
    }

    /// Records which video a room plays and when somebody was last in it.
    public static func touch(
        id: String, video: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rooms SET video_id = $2, used_at = $3 WHERE id = $1", [.text(id), .text(video), .integer(time)])
    }

    /// Deletes a room.
    /// - Returns: Whether the room existed.
    public static func delete(id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM rooms WHERE id = $1", [.text(id)]) > 0
    }

    /// Deletes rooms that nobody has been in since `time` (milliseconds since 1970).
    /// - Returns: The number of deleted rooms.
    public static func deleteUnused(since time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.execute("DELETE FROM rooms WHERE used_at < $1", [.integer(time)])
    }

    /// Sorts after every identifier: `{` follows `z`.
    private static let afterAll = "room_{"
}
