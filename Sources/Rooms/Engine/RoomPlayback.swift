/// What a room plays.
public struct RoomVideo: Sendable, Hashable, Codable {
    /// `vid_…`
    public var id: String
    /// Its title.
    public var title: String
    /// Its length in milliseconds.
    public var duration: Int64

    /// A video.
    public init(id: String, title: String, duration: Int64) {
        self.id = id
        self.title = title
        self.duration = duration
    }
}

/// Whether the room's position moves.
public enum Phase: String, Sendable, Hashable, Codable {
    /// Stands still until members have loaded, or until the wait's deadline.
    case waiting
    /// Moves by the anchor.
    case playing
    /// Stands still until somebody plays.
    case paused
    /// The video is over.
    case ended
}

/// Why the playback changed last.
public enum ChangeReason: String, Sendable, Hashable, Codable {
    /// The room was made, or members have to load before it can play.
    case load
    /// Another video.
    case media
    /// A member's command.
    case play, pause, seek, rate
    /// A member's player has run out of data.
    case stall
    /// All who were waited for are ready.
    case ready
    /// The wait's deadline has passed.
    case timeout
    /// A member began without waiting longer.
    case skip
    /// The video is over.
    case ended
    /// Everybody has gone.
    case empty
}

/// What the room waits for.
public struct Wait: Sendable, Hashable, Codable {
    /// `load`, `media`, `seek` or `stall`.
    public var reason: ChangeReason
    /// What follows: `playing` or `paused`.
    public var resumeTo: Phase
    /// Milliseconds since 1970; then it goes on whoever is not ready.
    public var deadline: Int64
    /// When the room began to wait; seeks meanwhile set a new deadline, but not without end.
    public var since: Int64
    /// Since when nobody is waited for any more, if that has to last a moment.
    public var readySince: Int64?
}

/// What a room plays, and where it is.
public struct RoomPlayback: Sendable, Hashable, Codable {
    /// Rises with each change.
    public var revision: Int64
    /// Members who are ready for this revision or a later one have loaded what is played.
    public var loadRevision: Int64
    /// Whether it moves.
    public var phase: Phase
    /// What is played.
    public var video: RoomVideo
    /// Where it is.
    public var anchor: Anchor
    /// Why it changed last.
    public var reason: ChangeReason
    /// Which member changed it.
    public var by: String?
    /// While waiting.
    public var wait: Wait?

    /// The beginning of a video, paused.
    public init(_ video: RoomVideo, at now: Int64) {
        revision = 1
        loadRevision = 1
        phase = .paused
        self.video = video
        anchor = Anchor(at: now)
        reason = .load
    }

    /// The position at a moment, in milliseconds.
    public func position(at now: Int64) -> Int64 {
        phase == .playing ? anchor.position(at: now, duration: video.duration) : anchor.position
    }
}
