/// The video track of a plan.
public struct VideoPlan: Sendable, Hashable, Codable {
    /// The filters between decoder and scaler.
    public struct Preparation: Sendable, Hashable, Codable {
        /// Deinterlace.
        public var deinterlace: Bool
        /// Tone-map PQ or HLG to SDR BT.709.
        public var toneMap: Bool
        /// Clockwise rotation in degrees that makes the video upright: 0, 90, 180 or 270.
        public var rotation: Int
        /// Mirror left to right after the rotation.
        public var mirrored: Bool
        /// The source's colours, with defaults where the source has no tags.
        public var sourceColor: ColorFacts
        /// The colour tags of every rung; always limited range.
        public var outputColor: ColorFacts

        /// A preparation.
        public init(
            deinterlace: Bool, toneMap: Bool, rotation: Int, mirrored: Bool, sourceColor: ColorFacts,
            outputColor: ColorFacts
        ) {
            self.deinterlace = deinterlace
            self.toneMap = toneMap
            self.rotation = rotation
            self.mirrored = mirrored
            self.sourceColor = sourceColor
            self.outputColor = outputColor
        }
    }

    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Source time of output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Source time of the first frame; where it is after `origin`, the first frame is presented from output time 0 on.
    public var firstFrame: Int64
    /// Output ticks a second.
    public var timescale: Int64
    /// Start of every segment, and the end, in output ticks: `segmentCount + 1` rising values, the first one 0.
    public var boundaries: [Int64]
    /// Segments that start where the source has no frame; they repeat the previous frame at their start.
    public var heldSegments: [Int]
    /// Number of frames of each segment according to the packets, without repeated ones.
    public var frameCounts: [Int]
    /// For each segment the source time, in ticks of `sourceTimeBase`, of the key frame at which decoding starts.
    public var entryPoints: [Int64]
    /// The largest reordering delay in output ticks; the edit list's media time.
    public var reorderDelay: Int64
    /// Most consecutive B-frames; 0 where the frame times are too irregular for reordering.
    public var bFrames: Int
    /// Output ticks between forced key frames within a segment.
    public var keyFrameSpacing: Int64
    /// Average frames a second.
    public var frameRate: Rational
    /// The filters between decoder and scaler.
    public var preparation: Preparation
    /// Why the highest rung is not a passthrough, as codes; `nil` where it is.
    public var encodeReasons: [String]?
    /// The rungs, lowest first.
    public var rungs: [Rung]
    /// The rung whose first segments are processed before all others.
    public var startupRung: String
    /// The ranges of segments, each processed by one task.
    public var ranges: [SegmentRange]
    /// Corrections of the packets' times; `nil` without corrections.
    public var timestampShifts: [TimestampShift]?
    /// Whether decoding starts at the start of the file, because seeking by time is not reliable; `nil` means `false`.
    public var decodesFromStart: Bool?
    /// How the encoded rungs are scaled and encoded; `nil` in plans of format 1: each rung is scaled from the decoded frames
    /// and has the lookahead of x264's preset.
    public var encoding: EncodingMethod?

    /// A video plan without corrections.
    public init(
        streamIndex: Int, sourceTimeBase: Rational, origin: Int64, firstFrame: Int64, timescale: Int64,
        boundaries: [Int64], heldSegments: [Int], frameCounts: [Int], entryPoints: [Int64], reorderDelay: Int64,
        bFrames: Int, keyFrameSpacing: Int64, frameRate: Rational, preparation: Preparation, rungs: [Rung],
        startupRung: String, ranges: [SegmentRange]
    ) {
        self.streamIndex = streamIndex
        self.sourceTimeBase = sourceTimeBase
        self.origin = origin
        self.firstFrame = firstFrame
        self.timescale = timescale
        self.boundaries = boundaries
        self.heldSegments = heldSegments
        self.frameCounts = frameCounts
        self.entryPoints = entryPoints
        self.reorderDelay = reorderDelay
        self.bFrames = bFrames
        self.keyFrameSpacing = keyFrameSpacing
        self.frameRate = frameRate
        self.preparation = preparation
        encodeReasons = nil
        self.rungs = rungs
        self.startupRung = startupRung
        self.ranges = ranges
        timestampShifts = nil
        decodesFromStart = nil
        encoding = nil
    }

    /// Converts a source time to output time; never negative, and 0 for the first frame even where it is late.
    public func outputTicks(ofSource ticks: Int64) -> Int64 {
        if ticks <= firstFrame { return 0 }
        return max(0, MediaTime.rescale(ticks - origin, from: sourceTimeBase, to: Rational(1, timescale), .nearest))
    }

    /// The segment that contains an output time; the last one for later times.
    public func segment(of ticks: Int64) -> Int {
        let index = boundaries.firstIndex { $0 > ticks } ?? boundaries.count
        return min(max(0, index - 1), max(0, boundaries.count - 2))
    }

    /// The number of segments that have to be decoded before a segment.
    public func lead(ofSegment index: Int) -> Int {
        decodesFromStart == true ? index : max(0, index - segment(of: outputTicks(ofSource: entryPoints[index])))
    }

    /// Duration of a segment in seconds.
    public func duration(ofSegment index: Int) -> Rational {
        Rational(boundaries[index + 1] - boundaries[index], timescale)
    }
}
