internal import SQL

/// Captions of a video in one language.
public struct CaptionRecord: Sendable, Hashable {
    /// The video.
    public var videoID: String
    /// The generation whose source they were read from; 0 for those that somebody has sent.
    public var generation: Int
    /// The track's name and folder: `sen`; unique within video and generation.
    public var track: String
    /// BCP 47 tag.
    public var language: String
    /// What people call them.
    public var label: String
    /// Whether they hold only what everybody has to read.
    public var isForced: Bool
    /// Whether they also tell of sounds and of who speaks.
    public var isForHearingImpaired: Bool
    /// The cues, as WebVTT; empty where a list leaves them out.
    public var webVTT: String
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// Captions.
    public init(
        videoID: String, generation: Int, track: String, language: String, label: String, isForced: Bool = false,
        isForHearingImpaired: Bool = false, webVTT: String, createdAt: Int64
    ) {
        self.videoID = videoID
        self.generation = generation
        self.track = track
        self.language = language
        self.label = label
        self.isForced = isForced
        self.isForHearingImpaired = isForHearingImpaired
        self.webVTT = webVTT
        self.createdAt = createdAt
    }

    /// Whether somebody has sent them.
    public var isUploaded: Bool { generation == 0 }

    /// The columns of all but the cues, which ``init(_:webVTT:)`` reads, in the order of ``values``.
    static let columns = "video_id, generation, track, language, label, is_forced, is_for_hearing_impaired, created_at"

    /// The values of ``columns``.
    var values: [SQLValue] {
        [
            .text(videoID), SQLValue(generation), .text(track), .text(language), .text(label), SQLValue(isForced),
            SQLValue(isForHearingImpaired), .integer(createdAt),
        ]
    }

    init(_ row: SQLRow, webVTT: String = "") throws {
        videoID = try row.text("video_id")
        generation = try row.int("generation")
        track = try row.text("track")
        language = try row.text("language")
        label = try row.text("label")
        isForced = try row.int("is_forced") != 0
        isForHearingImpaired = try row.int("is_for_hearing_impaired") != 0
        self.webVTT = webVTT
        createdAt = try row.integer("created_at")
    }
}
