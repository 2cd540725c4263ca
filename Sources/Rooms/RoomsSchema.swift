public import Ground

/// The table of this module: rooms. The state of a room is in Redis while it has members.
public enum RoomsSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [7: rooms]

    private static let rooms = [
        """
        CREATE TABLE rooms (
            id TEXT PRIMARY KEY,
            owner_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            mode TEXT NOT NULL,
            visibility TEXT NOT NULL,
            slow_mode_seconds BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            used_at BIGINT NOT NULL)
        """,
        "CREATE INDEX rooms_by_visibility ON rooms (visibility, id)",
        "CREATE INDEX rooms_by_owner ON rooms (owner_id)",
        "CREATE INDEX rooms_by_video ON rooms (video_id)",
        "CREATE INDEX rooms_by_use ON rooms (used_at)",
    ]
}

extension Identifier.Prefix {
    /// `room_`
    public static let room: Self = "room_"
}
