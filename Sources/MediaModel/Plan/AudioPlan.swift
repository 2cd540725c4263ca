/// An audio rendition of a plan. Its frames are AAC frames of `frameSamples` samples.
public struct AudioPlan: Sendable, Hashable, Codable {
    /// How the rendition is produced.
    public enum Mode: Sendable, Hashable, Codable {
        /// Copy the source's packets, which are suitable AAC-LC.
        case copy
        /// Decode, resample and encode.
        case encode(bitsPerSecond: Int)
    }

    /// Name and folder: `a` and the language, `aund`; `aeng-2` for the second track of a language, `aeng-6ch` for six
    /// channels.
    public var name: String
    /// ISO 639 code; `und` where unknown.
    public var language: String
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Copy or encode.
    public var mode: Mode
    /// Why the source's packets are not copied, as codes; empty where they are.
    public var encodeReasons: [String]
    /// Output samples a second; also the track's timescale.
    public var sampleRate: Int
    /// Output channels.
    public var channels: Int
    /// Samples of an AAC frame: 1024.
    public var frameSamples: Int
    /// Samples before the first presented one; the edit list's media time.
    public var priming: Int
    /// Source time of output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Presented samples: the duration of the presentation. Silence fills gaps of the source.
    public var sampleCount: Int64
    /// AAC frame at which each segment starts, and the number of frames: `segmentCount + 1` rising values.
    public var boundaries: [Int]
    /// The ranges of segments, each recorded in the ledger as a whole.
    public var ranges: [SegmentRange]
    /// Corrections of the packets' times; `nil` without corrections.
    public var timestampShifts: [TimestampShift]?
    /// Tracks with one channel each that are mixed, including this plan's stream; `nil` for a single track.
    public var parts: [AudioPart]?

    /// An audio plan of a single track without corrections.
    public init(
        name: String, language: String, streamIndex: Int, sourceTimeBase: Rational, mode: Mode,
        encodeReasons: [String], sampleRate: Int, channels: Int, frameSamples: Int, priming: Int, origin: Int64,
        sampleCount: Int64, boundaries: [Int], ranges: [SegmentRange]
    ) {
        self.name = name
        self.language = language
        self.streamIndex = streamIndex
        self.sourceTimeBase = sourceTimeBase
        self.mode = mode
        self.encodeReasons = encodeReasons
        self.sampleRate = sampleRate
        self.channels = channels
        self.frameSamples = frameSamples
        self.priming = priming
        self.origin = origin
        self.sampleCount = sampleCount
        self.boundaries = boundaries
        self.ranges = ranges
        timestampShifts = nil
        parts = nil
    }

    /// RFC 6381 codec string of AAC-LC.
    public var codecString: String { "mp4a.40.2" }

    /// Whether it has more than two channels; the track's stereo rendition has the same `streamIndex`.
    public var isSurround: Bool { channels > 2 }

    /// Duration of a segment in seconds; that of the first one excludes the priming.
    public func duration(ofSegment index: Int) -> Rational {
        let samples = Int64((boundaries[index + 1] - boundaries[index]) * frameSamples)
        return Rational(samples - (index == 0 ? Int64(priming) : 0), Int64(sampleRate))
    }
}

/// A track with one channel that is mixed into a rendition.
public struct AudioPart: Sendable, Hashable, Codable {
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Source time of output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Its gain in the left channel, 0…1.
    public var left: Double
    /// Its gain in the right channel, 0…1.
    public var right: Double
    /// Corrections of the packets' times; `nil` without corrections.
    public var timestampShifts: [TimestampShift]?

    /// A part.
    public init(
        streamIndex: Int, sourceTimeBase: Rational, origin: Int64, left: Double, right: Double,
        timestampShifts: [TimestampShift]? = nil
    ) {
        self.streamIndex = streamIndex
        self.sourceTimeBase = sourceTimeBase
        self.origin = origin
        self.left = left
        self.right = right
        self.timestampShifts = timestampShifts
    }
}
