/// What can happen to a room.
public enum RoomCommand: Sendable, Hashable {
    /// Somebody comes in.
    case join(JoinRequest)
    /// A member comes back over another connection.
    case resume(member: String, Attachment)
    /// A connection broke; the place is kept for a while.
    case lost(member: String, connection: String)
    /// All connections of some nodes broke.
    case nodesLost(Set<String>)
    /// A member goes.
    case leave(member: String)
    /// A member controls the playback; refused if the room has gone on since `base`.
    case control(member: String, Control, base: Int64?)
    /// A member has loaded what the revision asks for.
    case ready(member: String, revision: Int64, roundTrip: Int64)
    /// A member's player has no data, or has some again.
    case buffering(member: String, Bool, position: Int64)
    /// A member says something.
    case chat(member: String, text: String, commandID: String?)
    /// A member takes a message away.
    case deleteMessage(member: String, message: String)
    /// A moderator shows somebody out.
    case kick(member: String, target: String, banMinutes: Int, reason: String?)
    /// A moderator silences somebody.
    case mute(member: String, target: String, seconds: Int)
    /// The host gives a role.
    case setRole(member: String, target: String, MemberRole)
    /// Somebody who was shown out may come in again; `user` is the account that says so.
    case liftBan(member: String, user: String?)
    /// The owner has chosen differently.
    case change(RoomSettings)
    /// Time has passed.
    case tick
}

/// What a member does to the playback.
public enum Control: Sendable, Hashable {
    /// Begins, from the room's position.
    case play
    /// Stops; at the member's own position if it is near the room's.
    case pause(position: Int64?)
    /// Goes to a position in milliseconds.
    case seek(position: Int64)
    /// Changes the speed.
    case rate(Double)
    /// Plays another video.
    case media(RoomVideo)
    /// Begins although some are not ready.
    case skipWait
}

/// Why a command is refused.
public enum RoomFault: String, Error, Sendable, Hashable, CaseIterable {
    /// The message cannot be read.
    case malformed
    /// There is no such message.
    case unknownType = "unknown_type"
    /// Only host and cohosts may, or only the host.
    case notAllowed = "not_allowed"
    /// Not in the phase in which the room is.
    case invalidState = "invalid_state"
    /// The room has gone on since the member last looked.
    case stale
    /// Too many messages.
    case rateLimited = "rate_limited"
    /// The room wants more time between messages.
    case slowMode = "slow_mode"
    /// The same text again.
    case repeated
    /// The member may not chat for now.
    case muted
    /// Too many characters.
    case tooLong = "too_long"
    /// No characters that can be seen.
    case empty
    /// There is no such member.
    case memberNotFound = "member_not_found"
    /// There is no such message, or not any more.
    case messageNotFound = "message_not_found"
    /// There is no such video.
    case videoNotFound = "video_not_found"
    /// The video cannot be watched yet, or not any more.
    case videoNotPlayable = "video_not_playable"
    /// As many members as the room may have.
    case full
    /// Was shown out, and the time is not over.
    case banned
    /// A guest who comes from the address of a guest who was shown out.
    case addressBanned = "address_banned"
    /// There is no such ban, or not any more.
    case banNotFound = "ban_not_found"
    /// As many guests, or members, of the address as may be in.
    case tooManyOfAddress = "too_many_of_address"
    /// As many members with the account as may be in.
    case tooManyOfAccount = "too_many_of_account"
    /// A reaction that is not one emoji.
    case notAnEmoji = "not_an_emoji"
    /// There is no such room, or not any more.
    case roomNotFound = "room_not_found"
    /// The state of rooms cannot be had right now.
    case unavailable
}
