/// A command that a room applies.
public enum RoomCommand: Sendable, Hashable {
    /// A person joins.
    case join(JoinRequest)
    /// A member resumes over another connection.
    case resume(member: String, Attachment)
    /// A connection broke; the membership lasts for ``RoomLimits/away``.
    case lost(member: String, connection: String)
    /// All connections to some nodes broke.
    case nodesLost(Set<String>)
    /// A member leaves.
    case leave(member: String)
    /// A member controls the playback; refused if `base` is not the current revision.
    case control(member: String, PlaybackControl, base: Int64?)
    /// A member's player has loaded what a revision asks for.
    case ready(member: String, revision: Int64, roundTrip: Int64)
    /// A member's player has run out of data, or has data again.
    case buffering(member: String, isBuffering: Bool, position: Int64)
    /// A member sends a chat message; not again if a command of the member with this id has already created one.
    case chat(member: String, text: String, commandID: String?)
    /// A member deletes a chat message.
    case deleteMessage(member: String, message: String)
    /// A moderator removes a member, and bans them for `banMinutes` unless that is 0.
    case kick(member: String, target: String, banMinutes: Int, reason: String?)
    /// A moderator mutes a member for some seconds; 0 ends the mute.
    case mute(member: String, target: String, seconds: Int)
    /// The host gives a member a role.
    case setRole(member: String, target: String, MemberRole)
    /// The account `user`, who need not be a member, lifts the ban of the former member `target`.
    case liftBan(target: String, user: String?)
    /// The owner changed the settings.
    case change(RoomSettings)
    /// Something may be due.
    case tick
}

/// What a member does to the playback.
public enum PlaybackControl: Sendable, Hashable {
    /// Plays from the room's position.
    case play
    /// Pauses, at the member's own position if it is within ``RoomLimits/ownPosition`` of the room's.
    case pause(position: Int64?)
    /// Seeks to a position in milliseconds.
    case seek(position: Int64)
    /// Changes the playback rate.
    case rate(Double)
    /// Plays another video.
    case media(RoomVideo)
    /// Ends the wait although members are not ready.
    case skipWait
}

/// Why a command is refused.
public enum RoomFault: String, Error, Sendable, Hashable, CaseIterable {
    /// The message cannot be read.
    case malformed
    /// The protocol has no message of this type.
    case unknownType = "unknown_type"
    /// The member's role does not allow it.
    case notAllowed = "not_allowed"
    /// The room's phase does not allow it.
    case invalidState = "invalid_state"
    /// The playback has changed since the revision that the member saw.
    case stale
    /// Too many messages.
    case rateLimited = "rate_limited"
    /// Slow mode: too soon after the member's last message.
    case slowMode = "slow_mode"
    /// The member sent the same text a moment ago.
    case repeated
    /// The member may not chat for now.
    case muted
    /// Too many characters.
    case tooLong = "too_long"
    /// The text has no visible characters.
    case empty
    /// There is no such member.
    case memberNotFound = "member_not_found"
    /// There is no such chat message, or not any more.
    case messageNotFound = "message_not_found"
    /// There is no such video.
    case videoNotFound = "video_not_found"
    /// The video cannot be watched yet, or not any more.
    case videoNotPlayable = "video_not_playable"
    /// The room is full.
    case full
    /// The person is banned.
    case banned
    /// A guest of the person's address is banned.
    case addressBanned = "address_banned"
    /// There is no such ban, or not any more.
    case banNotFound = "ban_not_found"
    /// The room has as many guests, or members, of the address as it may have.
    case tooManyOfAddress = "too_many_of_address"
    /// The room has as many members with the account as it may have.
    case tooManyOfAccount = "too_many_of_account"
    /// The reaction is not exactly one emoji.
    case notAnEmoji = "not_an_emoji"
    /// There is no such room, or not any more.
    case roomNotFound = "room_not_found"
    /// The store of rooms cannot be used right now.
    case unavailable
}
