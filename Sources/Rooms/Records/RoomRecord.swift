internal import SQL

/// Who may control a room's playback.
public enum RoomMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// The host and the cohosts.
    case host
    /// Every member.
    case everyone
}

/// Whether a room is listed.
public enum RoomVisibility: String, Sendable, Hashable, Codable, CaseIterable {
    /// Listed for everybody.
    case `public`
    /// Not listed; open to everybody who knows its address.
    case unlisted
}

/// A row of the `rooms` table: a room as its owner configured it.
public struct RoomRecord: Sendable, Hashable {
    /// `room_…`; sorts by the time of creation.
    public var id: String
    /// The account that created it.
    public var ownerID: String
    /// The video that it plays.
    public var videoID: String
    /// Its name.
    public var name: String
    /// Who may control its playback.
    public var mode: RoomMode
    /// Whether it is listed.
    public var visibility: RoomVisibility
    /// Slow mode: the shortest time between two chat messages of a member, in seconds; 0 if it is off.
    public var slowModeSeconds: Int
    /// When it was created, in milliseconds since 1970.
    public var createdAt: Int64
    /// When somebody was last known to be in it, in milliseconds since 1970.
    public var usedAt: Int64

    /// Creates the record of a room that nobody has used yet.
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
