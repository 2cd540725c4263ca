internal import Accounts
internal import Catalog
internal import Ground
internal import Rooms
internal import Telemetry

/// A room as the API tells of it.
struct RoomResponse: Encodable, Sendable {
    struct Owner: Encodable, Sendable {
        var id: String
        var username: String
    }

    var id: String
    var name: String
    var videoId: String
    var title: String
    var owner: Owner
    var mode: RoomMode
    var visibility: RoomVisibility
    var slowModeSec: Int
    /// How many are in it right now.
    var members: Int
    /// What it does; `paused` where nobody has been yet.
    var phase: Phase
    var page: String
    var socket: String
    var createdAt: String

    init(_ room: RoomRecord, owner: User, video: Video, summary: RoomSummary?) {
        id = room.id
        name = room.name
        videoId = video.id
        title = video.title
        self.owner = Owner(id: owner.id, username: owner.username)
        mode = room.mode
        visibility = room.visibility
        slowModeSec = room.slowModeSeconds
        members = summary?.members ?? 0
        phase = summary?.phase ?? .paused
        page = "/room.html?id=\(room.id)"
        socket = "/v1/rooms/\(room.id)/ws"
        createdAt = Timestamp(room.createdAt).rfc3339
    }
}

/// Somebody who may not come into a room; nothing of addresses.
struct BanResponse: Encodable, Sendable {
    var memberId: String
    var name: String
    var guest: Bool
    var userId: String?
    var by: String
    var since: String
    var until: String

    init(_ ban: Ban) {
        memberId = ban.member
        name = ban.name
        guest = ban.userID == nil
        userId = ban.userID
        by = ban.by
        since = Timestamp(ban.since).rfc3339
        until = Timestamp(ban.until).rfc3339
    }
}

/// All bans of a room; there are 200 at most.
struct BanList: Encodable {
    var data: [BanResponse]
}

/// A page of rooms.
struct RoomPage: Encodable {
    var data: [RoomResponse]
    var page: DeliveryPage.Page
}
