public import SQL

/// The rooms table.
public enum Rooms {
    /// Most rooms of an account.
    public static let limit = 50

    private static let columns =
        "id, owner_id, video_id, name, mode, visibility, slow_mode_seconds, created_at, used_at"

    /// Stores a new room. Locks its owner's row, so that of two at the same moment one counts the other.
    /// - Returns: `false` if its owner has ``limit`` of them already; nothing is changed then.
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

    /// A room.
    public static func find(id: String, in connection: any SQLConnection) throws -> RoomRecord? {
        try connection.query("SELECT \(columns) FROM rooms WHERE id = $1", [.text(id)]).first.map(RoomRecord.init)
    }

    /// Rooms that everybody finds, newest first.
    /// - Parameter before: The last one of the page before.
    public static func list(before: String?, limit: Int, in connection: any SQLConnection) throws -> [RoomRecord] {
        try connection.query(
            """
            SELECT \(columns) FROM rooms WHERE visibility = 'public' AND id < $1 ORDER BY id DESC LIMIT $2
            """, [.text(before ?? afterAll), SQLValue(limit)]
        ).map(RoomRecord.init)
    }

    /// Stores what the owner may change.
    /// - Returns: Whether the room is there.
    public static func update(_ room: RoomRecord, in connection: any SQLConnection) throws -> Bool {
        try connection.execute(
            "UPDATE rooms SET name = $2, mode = $3, visibility = $4, slow_mode_seconds = $5 WHERE id = $1",
            [
                .text(room.id), .text(room.name), .text(room.mode.rawValue), .text(room.visibility.rawValue),
                SQLValue(room.slowModeSeconds),
            ]) > 0
    }

    /// Notes what a room plays, and that somebody is in it.
    public static func touch(
        id: String, video: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            "UPDATE rooms SET video_id = $2, used_at = $3 WHERE id = $1", [.text(id), .text(video), .integer(time)])
    }

    /// Removes a room.
    /// - Returns: Whether it was there.
    public static func delete(id: String, in connection: any SQLConnection) throws -> Bool {
        try connection.execute("DELETE FROM rooms WHERE id = $1", [.text(id)]) > 0
    }

    /// Removes rooms in which nobody has been since a moment.
    /// - Returns: How many.
    public static func deleteUnused(since time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.execute("DELETE FROM rooms WHERE used_at < $1", [.integer(time)])
    }

    /// Sorts after every identifier: `{` follows `z`.
    private static let afterAll = "room_{"
}
