/// A video that a room plays.
public struct RoomVideo: Sendable, Hashable, Codable {
    /// `vid_…`
    public var id: String
    /// Its title.
    public var title: String
    /// Its length in milliseconds.
    public var duration: Int64

    /// Creates a video.
    public init(id: String, title: String, duration: Int64) {
        self.id = id
        self.title = title
        self.duration = duration
    }
}

/// Whether the room's position moves.
public enum Phase: String, Sendable, Hashable, Codable {
    /// Stopped until members have loaded, or until the wait's deadline.
    case waiting
    /// Playing; the anchor gives the position.
    case playing
    /// Stopped until a member plays.
    case paused
    /// The video is over.
    case ended
}

/// Why the playback last changed.
public enum ChangeReason: String, Sendable, Hashable, Codable {
    /// The room was created, or members have to load before it can play.
    case load
    /// Another video.
    case media
    /// A member's playback control.
    case play, pause, seek, rate
    /// A member's player has run out of data.
    case stall
    /// All awaited members are ready.
    case ready
    /// The wait's deadline has passed.
    case timeout
    /// A member ended the wait.
    case skip
    /// The video is over.
    case ended
    /// The last member left.
    case empty
}

/// A wait of the room for its members.
public struct Wait: Sendable, Hashable, Codable {
    /// Why it waits: `load`, `media`, `seek` or `stall`.
    public var reason: ChangeReason
    /// The phase after the wait: `playing` or `paused`.
    public var resumeTo: Phase
    /// When the wait ends at the latest, in milliseconds since 1970.
    public var deadline: Int64
    /// When the wait began, in milliseconds since 1970; bounds the deadlines that later seeks set.
    public var since: Int64
    /// Since when all members are ready, if that has to last for ``RoomLimits/settled``.
    public var readySince: Int64?
}

/// The playback of a room: what it plays, whether it moves, and where it is.
public struct RoomPlayback: Sendable, Hashable, Codable {
    /// Rises with each change.
    public var revision: Int64
    /// The lowest revision for which a member's `ready` counts.
    public var loadRevision: Int64
    /// Whether the position moves.
    public var phase: Phase
    /// The video.
    public var video: RoomVideo
    /// The position.
    public var anchor: Anchor
    /// Why the playback last changed.
    public var reason: ChangeReason
    /// The member who changed it; `nil` if no member did.
    public var by: String?
    /// The wait; `nil` unless the phase is `waiting`.
    public var wait: Wait?

    /// Creates the playback of a video, paused at its start.
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

/// A position and the moment at which the room is there: the one value that every player follows.
public struct Anchor: Sendable, Hashable, Codable {
    /// Position in the video, in milliseconds.
    public var position: Int64
    /// The moment at which the video is at `position`, in milliseconds since 1970. It may lie ahead, so that all players
    /// start together.
    public var at: Int64
    /// The playback rate; 1 is normal speed.
    public var rate: Double

    /// The rates that a room accepts.
    public static let rates = 0.25...2.0

    /// Creates an anchor.
    public init(position: Int64 = 0, at: Int64, rate: Double = 1) {
        self.position = position
        self.at = at
        self.rate = rate
    }

    /// The position at a moment, in milliseconds, if the room plays.
    /// - Parameters:
    ///   - now: Milliseconds since 1970.
    ///   - duration: The video's duration in milliseconds; the position stops there.
    public func position(at now: Int64, duration: Int64) -> Int64 {
        let passed = Double(max(0, now - at)) * rate
        return min(duration, position + Int64(passed.rounded(.down)))
    }

    /// The moment at which the room reaches a position, in milliseconds since 1970.
    func moment(of wanted: Int64) -> Int64 {
        at + Int64((Double(max(0, wanted - position)) / rate).rounded(.up))
    }
}
