internal import SQL

/// A URL at which an account receives messages about its videos.
public struct Endpoint: Sendable, Hashable {
    /// `whk_…`
    public var id: String
    /// The account whose videos the messages are about.
    public var userID: String
    /// An `http` or `https` URL that ``EndpointURL`` has accepted.
    public var url: String
    /// The key of the signatures; shown to its owner once.
    public var secret: String
    /// The events that it receives.
    public var events: [WebhookEvent]
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// When it was disabled, in milliseconds since 1970; `nil` while it is enabled.
    public var disabledAt: Int64?
    /// Why it was disabled: `gone`, `failing`.
    public var disabledReason: String?

    /// An enabled endpoint.
    public init(id: String, userID: String, url: String, secret: String, events: [WebhookEvent], createdAt: Int64) {
        self.id = id
        self.userID = userID
        self.url = url
        self.secret = secret
        self.events = events
        self.createdAt = createdAt
    }

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        userID = try row.text("user_id")
        url = try row.text("url")
        secret = try row.text("secret")
        events = try row.json("events", as: [String].self).compactMap { WebhookEvent(rawValue: $0) }
        createdAt = try row.integer("created_at")
        disabledAt = try row.optionalInteger("disabled_at")
        disabledReason = try row.optionalText("disabled_reason")
    }
}

/// An event that endpoints can receive.
public enum WebhookEvent: String, Sendable, Hashable, CaseIterable {
    /// A video can be watched although it is not finished.
    case playable = "video.playable"
    /// A video is finished, for the first time or after it was processed again.
    case ready = "video.ready"
    /// An upload was rejected.
    case rejected = "video.rejected"
    /// Processing of a video failed.
    case failed = "video.failed"
    /// An operator has blocked a video.
    case blocked = "video.blocked"
    /// An operator has unblocked a video.
    case unblocked = "video.unblocked"
    /// An operator has deleted a video.
    case deleted = "video.deleted"
    /// A test that its owner asked for; sent to every endpoint, whatever events it has chosen.
    case test = "webhook.test"

    /// The events that an endpoint can choose.
    public static let choices: [WebhookEvent] = [
        .playable, .ready, .rejected, .failed, .blocked, .unblocked, .deleted,
    ]
}
