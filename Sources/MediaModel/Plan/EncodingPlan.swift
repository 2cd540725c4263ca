/// The output of a source, fixed before the first frame is decoded and never changed afterwards.
///
/// Has every segment boundary, rung and range. So any worker can process any range at any time with the same result, and
/// complete playlists can be written before most segments exist. Output time starts at 0 and is counted in ticks of each
/// track's own `timescale`.
public struct EncodingPlan: Sendable, Hashable, Codable {
    /// Version of the format; a reader refuses a newer one.
    public var formatVersion: Int
    /// Target duration of a segment in seconds; playlists round the longest segment up.
    public var targetSeconds: Int
    /// The number of segments of every track.
    public var segmentCount: Int
    /// Length of the presentation in seconds.
    public var duration: Rational
    /// The video track; `nil` for audio only.
    public var video: VideoPlan?
    /// The audio renditions. The first one is the default; a track's stereo rendition precedes its surround rendition.
    public var audio: [AudioPlan]
    /// Posters and storyboard.
    public var images: ImagePlan
    /// Text subtitles that become captions; `nil` in plans of versions without captions.
    public var subtitles: [SubtitlePlan]?

    /// The format version that this program writes. Format 2 has ``VideoPlan/encoding``, which a reader of format 1 would
    /// ignore.
    public static let currentFormat = 2

    /// All segments of a track.
    public var allSegments: SegmentRange { SegmentRange(first: 0, count: segmentCount) }

    /// A plan in the current format.
    public init(
        targetSeconds: Int, segmentCount: Int, duration: Rational, video: VideoPlan?, audio: [AudioPlan],
        images: ImagePlan
    ) {
        self.formatVersion = Self.currentFormat
        self.targetSeconds = targetSeconds
        self.segmentCount = segmentCount
        self.duration = duration
        self.video = video
        self.audio = audio
        self.images = images
    }
}
