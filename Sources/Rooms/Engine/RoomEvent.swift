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

/// A chat message; its JSON is the fields of `chat.msg`.
public struct ChatMessage: Sendable, Hashable, Encodable {
    /// `msg_{sequence number of the event}_{member}`: contains its author.
    public var id: String
    /// The author's member id.
    public var from: String
    /// The author's name at that time.
    public var name: String
    /// Whether the author was a guest.
    public var isGuest: Bool
    /// The text.
    public var text: String
    /// The room's position in the video, in milliseconds.
    public var position: Int64
    /// The id that the client gave its command; makes a repeated command harmless.
    public var commandID: String?

    private enum CodingKeys: String, CodingKey {
        case from, name, text
        case id = "msgId"
        case isGuest = "guest"
        case position = "pos"
        case commandID = "cmdId"
    }

    /// The event and the author in a message's id; `nil` if it has another form.
    static func author(of id: String) -> (sequence: Int64, member: String)? {
        let parts = id.split(separator: "_", maxSplits: 2)
        guard parts.count == 3, parts[0] == "msg", let sequence = Int64(parts[1]), sequence > 0 else { return nil }
        return (sequence, String(parts[2]))
    }
}
