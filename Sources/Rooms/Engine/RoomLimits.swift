/// The limits of a room; times are in milliseconds.
public enum RoomLimits {
    /// The largest number of members.
    public static let members = 500
    /// Places of these that are reserved for the owner.
    static let ownerPlaces = 5
    /// Further places that are reserved for accounts.
    static let accountPlaces = 50
    /// Places of those for accounts that are reserved for former hosts and cohosts.
    static let moderatorPlaces = 5
    /// The largest number of former hosts and cohosts that a room remembers.
    static let formerModerators = 20
    /// The largest number of members with the same account.
    static let membersPerAccount = 10
    /// The largest number of bans, and of mutes; the one that ends first makes way for a new one.
    static let bans = 200
    /// The largest number of awaited members that an event names.
    static let namedPending = 20
    /// The largest number of combining marks on one letter: more of them cover neighbouring lines.
    static let marksOfLetter = 8
    /// The largest number of scalars of a reaction: the longest emoji in use have ten.
    static let reactionLength = 16
    /// The largest number of present members with which the room waits after a seek or stall; a larger room would wait
    /// all the time.
    static let waitingMembers = 20
    /// The longest wait after a change of video or a seek.
    static let loadWait: Int64 = 12_000
    /// The longest wait for a player that has run out of data.
    static let stallWait: Int64 = 8_000
    /// The longest wait in total when seeks extend it.
    static let longestWait: Int64 = 30_000
    /// How long a player has to be without data to count as stalled.
    static let stall: Int64 = 500
    /// How long all members have to be ready after a stall, so that a player with little data does not restart the room
    /// each time.
    static let settled: Int64 = 400
    /// The number of stalls of a member within `stallWindow` that the room waits for.
    static let stalls = 3
    /// The time over which stalls are counted.
    static let stallWindow: Int64 = 180_000
    /// The number of stalls of all members within `stallWindow` that the room waits for: a member who joins again starts
    /// at zero.
    static let stallsOfRoom = 9
    /// How long a membership lasts after its connection broke.
    public static let away: Int64 = 30_000
    /// How long a room waits for an absent host before it gets another one.
    static let hostAway: Int64 = 30_000
    /// How long after its end a video counts as ended, so that players that lag a little finish it.
    static let endGrace: Int64 = 2_000
    /// How far a member's own position may be from the room's to be used.
    static let ownPosition: Int64 = 1_000
    /// The largest number of characters of a chat message.
    public static let chatLength = 500
    /// The largest number of characters of a name.
    public static let nameLength = 40
    /// The largest number of characters of the reason for a removal.
    static let reasonLength = 200
    /// The longest ban in minutes.
    public static let banMinutes = 1440
    /// The longest mute in seconds.
    public static let muteSeconds = 86_400
    /// The longest slow mode in seconds.
    public static let slowModeSeconds = 300
    /// The number of recent events that are stored for members who resume.
    public static let history = 300
    /// The number of recent chat messages that a new member is shown.
    static let shownChat = 50

    /// How far ahead a start is scheduled, so that players hear of it in time.
    static func lead(roundTrip: Int64) -> Int64 { min(1500, max(300, 2 * roundTrip + 150)) }
}
