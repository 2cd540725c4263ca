/// Something that all members learn, in the same order.
public enum RoomEvent: Sendable, Hashable {
    /// The playback changed; members who are waited for.
    case playback(RoomPlayback, pending: [String])
    /// Somebody came in.
    case joined(Member)
    /// Something about a member changed.
    case updated(Member)
    /// Somebody went; who was shown out is told with these words.
    case left(member: String, LeaveReason, words: String?)
    /// Somebody said something.
    case said(ChatMessage)
    /// A message was taken away.
    case deleted(message: String, by: String)
    /// The owner has chosen differently.
    case settings(RoomSettings)
}

/// Why a member is not there any more.
public enum LeaveReason: String, Sendable, Hashable, Codable {
    /// Went.
    case left
    /// The connection broke and did not come back.
    case gone
    /// Was shown out.
    case kicked
}

/// A message of the chat.
public struct ChatMessage: Sendable, Hashable {
    /// `msg_{number of the event}_{member}`: says by itself who wrote it.
    public var id: String
    /// The member.
    public var from: String
    /// What the member was called then.
    public var name: String
    /// Whether the member has no account.
    public var isGuest: Bool
    /// What was said.
    public var text: String
    /// Where the room was, in milliseconds of the video.
    public var position: Int64
    /// The client's own name for its command.
    public var commandID: String?

    init(sequence: Int64, _ member: Member, _ text: String, position: Int64, commandID: String?) {
        id = "msg_\(sequence)_\(member.id)"
        from = member.id
        name = member.name
        isGuest = member.isGuest
        self.text = text
        self.position = position
        self.commandID = commandID
    }

    /// Who wrote a message, and as which event; `nil` if the name has another form.
    static func author(of id: String) -> (sequence: Int64, member: String)? {
        let parts = id.split(separator: "_", maxSplits: 2)
        guard parts.count == 3, parts[0] == "msg", let sequence = Int64(parts[1]), sequence > 0 else { return nil }
        return (sequence, String(parts[2]))
    }
}
