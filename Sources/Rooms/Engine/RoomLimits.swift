/// How long and how much; all times in milliseconds.
public enum RoomLimits {
    /// Most members of a room.
    public static let members = 500
    /// Places of these that nobody but the owner gets.
    static let ownerPlaces = 5
    /// Further places that guests do not get: they are kept for accounts.
    static let accountPlaces = 50
    /// Places of those for accounts that are kept for hosts and cohosts who come back.
    static let moderatorPlaces = 5
    /// Most hosts and cohosts who have gone that a room remembers.
    static let formerModerators = 20
    /// Most members of a room with the same account.
    static let membersPerAccount = 10
    /// Most bans of a room; the one that ends first makes way for a new one.
    static let bans = 200
    /// Most members that an event names as those who are waited for.
    static let namedPending = 20
    /// Most marks above and below one letter: more of them cover the lines of others.
    static let marksOfLetter = 8
    /// Most scalars of a reaction: the longest emoji in use have ten.
    static let reactionLength = 16
    /// Up to so many members the room waits for all after a seek or stall; with more, nobody could ever watch.
    static let waitingMembers = 20
    /// Longest wait after a change of video or a seek.
    static let loadWait: Int64 = 12_000
    /// Longest wait for a player that has run out of data.
    static let stallWait: Int64 = 8_000
    /// Longest wait in all when seeks begin it anew.
    static let longestWait: Int64 = 30_000
    /// A player without data for so long has stalled.
    static let stall: Int64 = 500
    /// After a stall all must be ready for so long: a player that comes and goes does not start the room each time.
    static let settled: Int64 = 400
    /// A member is waited for after so many stalls within `stallWindow`, then no more.
    static let stalls = 3
    static let stallWindow: Int64 = 180_000
    /// The room waits after so many stalls within `stallWindow`, whoever had them: who comes in again begins to count anew.
    static let stallsOfRoom = 9
    /// For so long the place of a member whose connection broke is kept.
    public static let away: Int64 = 30_000
    /// For so long the room does without a host.
    static let hostAway: Int64 = 30_000
    /// So long after its end a video counts as ended; players that are a little late see it to the end.
    static let endGrace: Int64 = 2_000
    /// A member's own position counts if it is so near to the room's.
    static let ownPosition: Int64 = 1_000
    /// Most characters of a chat message.
    public static let chatLength = 500
    /// Most characters of a name.
    public static let nameLength = 40
    /// Most characters of what somebody who is shown out is told.
    static let reasonLength = 200
    /// Longest ban in minutes.
    public static let banMinutes = 1440
    /// Longest mute in seconds.
    public static let muteSeconds = 86_400
    /// Longest pause between messages that slow mode may ask for, in seconds.
    public static let slowModeSeconds = 300
    /// Events that are kept for members who come back.
    public static let history = 300
    /// Messages that a newcomer is shown.
    static let shownChat = 50

    /// How far ahead a start is set: players have to hear of it before it happens.
    static func lead(roundTrip: Int64) -> Int64 { min(1500, max(300, 2 * roundTrip + 150)) }
}
