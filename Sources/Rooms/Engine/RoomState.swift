public import Catalog

/// What the owner of a room has chosen.
public struct RoomSettings: Sendable, Hashable, Codable {
    /// What it is called.
    public var name: String
    /// The account that made it.
    public var ownerID: String
    /// Who may control the playback.
    public var mode: RoomMode
    /// Whether everybody finds it in the list.
    public var visibility: RoomVisibility
    /// Seconds between two messages of a member; 0 for no such rule.
    public var slowModeSeconds: Int

    /// Settings.
    public init(
        name: String, ownerID: String, mode: RoomMode = .everyone, visibility: RoomVisibility = .public,
        slowModeSeconds: Int = 0
    ) {
        self.name = name
        self.ownerID = ownerID
        self.mode = mode
        self.visibility = visibility
        self.slowModeSeconds = slowModeSeconds
    }

    /// The settings of a row.
    public init(_ record: RoomRecord) {
        self.init(
            name: record.name, ownerID: record.ownerID, mode: record.mode, visibility: record.visibility,
            slowModeSeconds: record.slowModeSeconds)
    }
}

/// Everything that is known of a room; what nodes keep copies of.
public struct RoomState: Sendable, Hashable, Codable {
    /// `room_…`
    public var id: String
    /// Names the series of events; a new one begins when earlier events cannot be had any more.
    public var epoch: String
    /// The number of the last ordered event.
    public var sequence: Int64
    /// What the owner has chosen.
    public var settings: RoomSettings
    /// What is played, and where.
    public var playback: RoomPlayback
    /// Who is in it, by id.
    public var members: [String: Member] = [:]
    /// `nil` where nobody was ever shown out or silenced, and in states of earlier versions.
    private var kept: Sanctions?
    /// Accounts that were host or cohost when they went; `nil` where there were none, and in states of earlier versions.
    private var gone: [String]?
    /// When the room had to wait for players, in milliseconds since 1970.
    var stalls: [Int64]?
    /// Since when there is no host.
    public var hostAbsentSince: Int64?

    /// An empty room.
    public init(id: String, epoch: String, settings: RoomSettings, video: RoomVideo, at now: Int64) {
        self.id = id
        self.epoch = epoch
        sequence = 0
        self.settings = settings
        playback = RoomPlayback(video, at: now)
    }

    /// Bans and mutes that outlast the membership of those whom they are of.
    public var sanctions: Sanctions {
        get { kept ?? Sanctions() }
        set { if newValue != sanctions { kept = newValue } }
    }

    /// Accounts that were host or cohost when they went, the newest last; places are kept for them.
    var formerModerators: [String] {
        get { gone ?? [] }
        set { if newValue != formerModerators { gone = newValue } }
    }

    /// Remembers an account that was host or cohost; of too many the first is forgotten.
    mutating func noteModerator(_ user: String) {
        formerModerators = (formerModerators.filter { $0 != user } + [user]).suffix(RoomLimits.formerModerators)
    }

    /// Members in the order in which they came.
    public var queue: [Member] { members.values.sorted { ($0.joinedAt, $0.id) < ($1.joinedAt, $1.id) } }
    /// How many are there right now.
    public var presentCount: Int { members.values.count { $0.isHere } }
    /// Members who are waited for, in the order in which they came.
    public var pending: [String] { playback.phase == .waiting ? queue.filter(\.isAwaited).map(\.id) : [] }
}
