/// What the owner of a room configures, as the room's row in the database has it.
///
/// ``RoomCommand/change(_:)`` replaces all of it with the row's values. What members set in the room, and no row holds, is a
/// field of ``RoomState``.
public struct RoomSettings: Sendable, Hashable, Codable {
    /// The room's name.
    public var name: String
    /// The account that created the room.
    public var ownerID: String
    /// Who may control the playback.
    public var mode: RoomMode
    /// Whether the room is listed.
    public var visibility: RoomVisibility
    /// Slow mode: the shortest time between two chat messages of a member, in seconds; 0 if it is off.
    public var slowModeSeconds: Int

    /// Creates settings.
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

    /// Creates the settings that a row holds.
    public init(_ record: RoomRecord) {
        self.init(
            name: record.name, ownerID: record.ownerID, mode: record.mode, visibility: record.visibility,
            slowModeSeconds: record.slowModeSeconds)
    }
}

/// The replicated state of a room: the store has it, and each node with members keeps a copy.
///
/// Its JSON is read by nodes of other versions during a rolling update: coding keys do not change. A new field
/// is optional, because earlier versions write states without it, and needs a case of `CodingKeys`.
public struct RoomState: Sendable, Hashable, Codable {
    /// `room_…`
    public var id: String
    /// Identifies the event sequence; a new epoch starts when earlier events cannot be delivered any more.
    public var epoch: String
    /// The sequence number of the last event.
    public var sequence: Int64
    /// What the owner configured.
    public var settings: RoomSettings
    /// What is played, and where it is.
    public var playback: RoomPlayback
    /// The members by id.
    public var members: [String: Member] = [:]
    /// `nil` in rooms that never had a ban or mute, and in states that earlier versions wrote.
    private var storedSanctions: Sanctions?
    /// `nil` in rooms without former moderators, and in states that earlier versions wrote.
    private var storedFormerModerators: [String]?
    /// When the room stopped for stalled players, in milliseconds since 1970.
    var stalls: [Int64]?
    /// Since when no host is present, in milliseconds since 1970; `nil` while there is one.
    public var hostAbsentSince: Int64?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id, epoch, sequence, settings, playback, members, stalls, hostAbsentSince
        // Nodes of earlier versions read and write these two under the names `kept` and `gone`.
        case storedSanctions = "kept"
        case storedFormerModerators = "gone"
    }

    /// Creates the state of a room without members.
    public init(id: String, epoch: String, settings: RoomSettings, video: RoomVideo, at now: Int64) {
        self.id = id
        self.epoch = epoch
        sequence = 0
        self.settings = settings
        playback = RoomPlayback(video, at: now)
    }

    /// Bans and mutes; they outlast memberships.
    public var sanctions: Sanctions {
        get { storedSanctions ?? Sanctions() }
        set { if newValue != sanctions { storedSanctions = newValue } }
    }

    /// Accounts that were host or cohost when they left, the latest last; places are reserved for them.
    var formerModerators: [String] {
        get { storedFormerModerators ?? [] }
        set { if newValue != formerModerators { storedFormerModerators = newValue } }
    }

    /// Adds a former moderator; beyond ``RoomLimits/formerModerators``, the earliest is dropped.
    mutating func addFormerModerator(_ user: String) {
        formerModerators = (formerModerators.filter { $0 != user } + [user]).suffix(RoomLimits.formerModerators)
    }

    /// Members in the order in which they joined.
    public var queue: [Member] { members.values.sorted { ($0.joinedAt, $0.id) < ($1.joinedAt, $1.id) } }
    /// The number of connected members.
    public var presentCount: Int { members.values.count { $0.isHere } }
    /// The ids of the members that the room waits for, in the order in which they joined.
    public var pending: [String] { playback.phase == .waiting ? queue.filter(\.isAwaited).map(\.id) : [] }
}
