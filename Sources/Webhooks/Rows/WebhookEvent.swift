/// What an endpoint can be told of.
public enum WebhookEvent: String, Sendable, Hashable, CaseIterable {
    /// A video can be watched although it is not finished.
    case playable = "video.playable"
    /// A video is finished, also when it was made anew.
    case ready = "video.ready"
    /// An upload was refused.
    case rejected = "video.rejected"
    /// A video could not be made.
    case failed = "video.failed"
    /// An operator has taken a video down.
    case blocked = "video.blocked"
    /// A video that was taken down can be seen again.
    case unblocked = "video.unblocked"
    /// An operator has deleted a video.
    case deleted = "video.deleted"
    /// A test that its owner asked for; sent whatever the endpoint listens to.
    case test = "webhook.test"

    /// Those that an endpoint chooses from.
    public static let choices: [WebhookEvent] = [
        .playable, .ready, .rejected, .failed, .blocked, .unblocked, .deleted,
    ]
}
