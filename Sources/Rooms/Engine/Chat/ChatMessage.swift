/// A chat message; its JSON is the fields of `chat.msg`.
public struct ChatMessage: Sendable, Hashable, Encodable {
    /// `msg_{sequence number of the event}_{member}`; ``ChatLog`` finds its author.
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
}
