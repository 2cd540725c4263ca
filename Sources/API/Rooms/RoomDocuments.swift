internal import Accounts
internal import Catalog
internal import Ground
internal import Ingest
internal import Rooms

/// A room as the API shows it.
struct RoomResponse: Encodable, Sendable {
    struct Owner: Encodable, Sendable {
        let id: String
        let username: String
    }

    let id: String
    let name: String
    let videoId: String
    let title: String
    let owner: Owner
    let mode: RoomMode
    let visibility: RoomVisibility
    let slowModeSec: Int
    /// How many people are in the room right now.
    let members: Int
    /// The phase of the playback; `paused` in a room that was never used.
    let phase: Phase
    let page: String
    let socket: String
    let createdAt: String

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

extension RoomResponse: DescribedDocument {
    static let schemaName = "Room"
    static let schema = Schema.object([
        .required("id", .identifier(.room)), .required("name", .text()),
        .required("videoId", .text("What it plays.")), .required("title", .text("The title of what it plays.")),
        .required("owner", .object([.required("id", .text()), .required("username", .text())])),
        .required("mode", RoomSettings.mode), .required("visibility", RoomSettings.visibility),
        .required("slowModeSec", RoomSettings.slowMode),
        .required("members", .integer(atLeast: 0, "How many people are in it right now.")),
        .required("phase", .choice(["waiting", "playing", "paused", "ended"])),
        .required("page", .text("Its page on this server.")),
        .required("socket", .text("Its WebSocket on this server; the protocol is in docs/rooms.md.")),
        .required("createdAt", .time),
    ])
}

/// A page of rooms.
struct RoomPage: Encodable, DescribedDocument {
    let data: [RoomResponse]
    let page: PageLink

    static let schemaName = "RoomPage"
    static let schema = Schema.page(of: RoomResponse.self)
}

/// A ban from a room; shows no addresses.
struct BanResponse: Encodable, Sendable {
    let memberId: String
    let name: String
    let guest: Bool
    let userId: String?
    let by: String
    let since: String
    let until: String

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

extension BanResponse: DescribedDocument {
    static let schemaName = "RoomBan"
    static let schema = Schema.object(
        [
            .required("memberId", .text("The member who was banned; identifies the ban.")),
            .required("name", .text("The member's name.")), .required("guest", .flag()),
            .optional("userId", .text("The member's account; absent for a guest.")),
            .required("by", .text("The moderator's name.")), .required("since", .time), .required("until", .time),
        ], isOpen: true)
}

/// All bans of a room.
struct BanList: Encodable, DescribedDocument {
    let data: [BanResponse]

    static let schemaName = "RoomBanList"
    static let schema = Schema.object(
        [.required("data", .list(.of(BanResponse.self), atMost: 200))], isOpen: true)
}

/// What an owner may choose of a room, as far as the client sent it.
struct RoomSettings: Sendable {
    private let name: String?
    private let mode: RoomMode?
    private let visibility: RoomVisibility?
    private let slowMode: Int?

    init(_ fields: inout JSONObjectBody) {
        name = fields.optionalText("name", length: 1...100) { text in
            VideoTitle.clean(text) == nil
                ? FieldFault(.invalidText, "Must have a visible character, and no control characters.") : nil
        }.flatMap { VideoTitle.clean($0) }
        mode = fields.optionalChoice("mode", RoomMode.self)
        visibility = fields.optionalChoice("visibility", RoomVisibility.self)
        slowMode = fields.optionalInteger("slowModeSec", 0...RoomLimits.slowModeSeconds)
    }

    /// Changes a room to these settings.
    func apply(to room: inout RoomRecord) {
        if let name { room.name = name }
        if let mode { room.mode = mode }
        if let visibility { room.visibility = visibility }
        if let slowMode { room.slowModeSeconds = slowMode }
    }

    fileprivate static let mode = Schema.choice(RoomMode.self, "Who controls what is played.")
    fileprivate static let visibility = Schema.choice(
        RoomVisibility.self, "Whether it is in the list; anyone with its address can open it anyway.")
    fileprivate static let slowMode = Schema.integer(
        atLeast: 0, atMost: Int64(RoomLimits.slowModeSeconds), "Seconds between two chat messages of a member.")
    fileprivate static let members: [Schema.Member] = [
        .optional(
            "name",
            .text(
                "What it is called; the video's title if it is left out. White space around it is removed.",
                length: 1...100, not: Schema.invisibleLine)),
        .optional("mode", mode), .optional("visibility", visibility), .optional("slowModeSec", slowMode),
    ]
}

/// What a client sends to create a room.
struct NewRoom: RequestDocument {
    let videoID: String
    let settings: RoomSettings

    init(_ fields: inout JSONObjectBody) {
        videoID = fields.text("videoId", length: 1...64)
        settings = RoomSettings(&fields)
    }

    static let schemaName = "NewRoom"
    static let schema = Schema.object(
        [.required("videoId", .text("A video that is `playable` or `ready`.", length: 1...64))]
            + RoomSettings.members)
    static let example: JSONNode? = ["videoId": "vid_00000000000000000000000000", "name": "Film night"]
}

/// What a client sends to change a room.
struct RoomChangeRequest: RequestDocument {
    let settings: RoomSettings

    init(_ fields: inout JSONObjectBody) {
        settings = RoomSettings(&fields)
    }

    static let schemaName = "RoomChange"
    static let schema = Schema.object(RoomSettings.members, "What is left out stays as it is.")
    static let example: JSONNode? = ["mode": "host"]
}
