/// An ordered event that every member is sent.
public enum RoomEvent: Sendable, Hashable {
    /// The playback changed; `pending` are the ids of the awaited members.
    case playback(RoomPlayback, pending: [String])
    /// A member joined.
    case joined(Member)
    /// A member changed.
    case updated(Member)
    /// A member left; a removed member is given the explanation.
    case left(member: String, LeaveReason, explanation: String?)
    /// A chat message was sent.
    case messageSent(ChatMessage)
    /// A chat message was deleted.
    case messageDeleted(message: String, by: String)
    /// The settings changed, or another part of what clients know of the room; has the state after the change.
    case roomChanged(RoomState)

    /// What the event did to the chat; `nil` if nothing.
    var chatChange: ChatLog.Change? {
        switch self {
        case .messageSent(let message): ChatLog.Change(sending: message)
        case .messageDeleted(let message, _): .deleted(message: message)
        case .playback, .joined, .updated, .left, .roomChanged: nil
        }
    }
}

/// Why a member is gone.
public enum LeaveReason: String, Sendable, Hashable, Codable {
    /// The member left.
    case left
    /// The connection broke, and the member did not resume in time.
    case gone
    /// A moderator removed the member.
    case kicked
}
