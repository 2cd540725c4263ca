internal import SQL

/// Who may control what a room plays.
public enum RoomMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// The host and whom the host makes a cohost.
    case host
    /// Every member.
    case everyone
}

/// Who finds a room.
public enum RoomVisibility: String, Sendable, Hashable, Codable, CaseIterable {
    /// Everybody.
    case `public`
    /// Whoever has been given its address.
    case unlisted
}

/// A room as its owner has set it up.
public struct RoomRecord: Sendable, Hashable {
    /// `room_…`; later ones sort after earlier ones.
    public var id: String
    /// The user who made it.
    public var ownerID: String
    /// What it plays.
    public var videoID: String
    /// What it is called.
    public var name: String
    /// Who may control it.
    public var mode: RoomMode
    /// Who finds it.
    public var visibility: RoomVisibility
    /// Seconds between two chat messages of a member; 0 for no such rule.
    public var slowModeSeconds: Int
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// When somebody was last known to be in it, in milliseconds since 1970.
    public var usedAt: Int64

    /// A room that nobody has used.
    public init(
        id: String, ownerID: String, videoID: String, name: String, mode: RoomMode = .everyone,
        visibility: RoomVisibility = .public, slowModeSeconds: Int = 0, createdAt: Int64
    ) {
        self.id = id
        self.ownerID = ownerID
        self.videoID = videoID
        self.name = name
        self.mode = mode
        self.visibility = visibility
        self.slowModeSeconds = slowModeSeconds
        self.createdAt = createdAt
        usedAt = createdAt
    }

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        ownerID = try row.text("owner_id")
        videoID = try row.text("video_id")
        name = try row.text("name")
        mode = try row.named("mode")
        visibility = try row.named("visibility")
        slowModeSeconds = try row.int("slow_mode_seconds")
        createdAt = try row.integer("created_at")
        usedAt = try row.integer("used_at")
    }
}
