/// What will be made of a source, fixed before the first frame is decoded and never changed after.
///
/// Holds every segment boundary, rung and range, so any worker can make any range at any time and make the same bytes,
/// and every playlist can be written in full while most segments do not exist yet.
/// Output time starts at 0 and is counted in ticks of each track's own `timescale`.
public struct EncodingPlan: Sendable, Hashable, Codable {
    /// Version of this form; a reader refuses a newer one.
    public var formatVersion: Int
    /// Seconds a segment aims at; playlists round their target duration up from the longest.
    public var targetSeconds: Int
    /// Segments of every track.
    public var segmentCount: Int
    /// Length of the presentation in seconds.
    public var duration: Rational
    /// The video track, `nil` for audio alone.
    public var video: VideoPlan?
    /// The audio renditions. The first one is the default; a track's stereo comes before what it has in more channels.
    public var audio: [AudioPlan]
    /// Posters and storyboard.
    public var images: ImagePlan
    /// Text subtitles that become captions; `nil` in plans of programs that ignored them.
    public var subtitles: [SubtitlePlan]?

    /// The form that this program writes.
    public static let currentFormat = 1

    /// A plan.
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

/// The video part of a plan.
public struct VideoPlan: Sendable, Hashable, Codable {
    /// What has to happen to a decoded frame before it is scaled.
    public struct Preparation: Sendable, Hashable, Codable {
        /// Weave fields into frames.
        public var deinterlace: Bool
        /// Map PQ or HLG to SDR BT.709.
        public var toneMap: Bool
        /// Clockwise degrees that make the picture upright: 0, 90, 180, 270.
        public var rotation: Int
        /// Mirror left to right after turning.
        public var mirrored: Bool
        /// The source's colours, with guesses filled in.
        public var sourceColor: ColorFacts
        /// The colours that every rung is tagged with; always limited range.
        public var outputColor: ColorFacts

        /// All steps.
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
    /// Source time that becomes output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Source time of the first frame; where it is after `origin` the first frame is shown from 0 on.
    public var firstFrame: Int64
    /// Output ticks a second.
    public var timescale: Int64
    /// Output ticks of every segment's start, and of the end: `segmentCount + 1` values, rising, the first 0.
    public var boundaries: [Int64]
    /// Segments that begin where the source has no frame near; the frame before is repeated at their start.
    public var heldSegments: [Int]
    /// Frames that the packets promise for each segment, without repeats.
    public var frameCounts: [Int]
    /// For each segment the source time (ticks of `sourceTimeBase`) of the key frame to start decoding at.
    public var entryPoints: [Int64]
    /// Longest distance, in output ticks, by which decoding runs ahead of showing; the edit list's media time.
    public var reorderDelay: Int64
    /// B-frames in a row; 0 where the frame times are too uneven to reorder.
    public var bFrames: Int
    /// Output ticks between forced key frames inside a segment.
    public var keyFrameSpacing: Int64
    /// Average frames a second.
    public var frameRate: Rational
    /// Steps between decoder and scaler.
    public var preparation: Preparation
    /// Why the source's own pictures are not kept as the highest rung, as codes; `nil` where they are.
    public var encodeReasons: [String]?
    /// The rungs, lowest first.
    public var rungs: [Rung]
    /// The rung whose first segments are made before all others.
    public var startupRung: String
    /// The runs of segments that tasks make.
    public var ranges: [SegmentRange]
    /// Corrections of the packets' times; `nil` where they are right as they are.
    public var timestampShifts: [TimestampShift]?
    /// Whether decoding has to begin at the file's start, because no place in it can be found by its time; `nil` as `false`.
    public var decodesFromStart: Bool?

    /// A video plan.
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
    }

    /// A source time as output time; never negative, and 0 for the first frame even where it comes late.
    public func outputTicks(ofSource ticks: Int64) -> Int64 {
        if ticks <= firstFrame { return 0 }
        return max(0, MediaTime.rescale(ticks - origin, from: sourceTimeBase, to: Rational(1, timescale), .nearest))
    }

    /// The segment that an output time lies in; the last one for times behind the end.
    public func segment(of ticks: Int64) -> Int {
        let index = boundaries.firstIndex { $0 > ticks } ?? boundaries.count
        return min(max(0, index - 1), max(0, boundaries.count - 2))
    }

    /// Length of a segment in seconds.
    public func duration(ofSegment index: Int) -> Rational {
        Rational(boundaries[index + 1] - boundaries[index], timescale)
    }
}

/// One audio rendition of a plan. Its frames are AAC frames of `frameSamples` samples.
public struct AudioPlan: Sendable, Hashable, Codable {
    /// Whether the source's packets are kept.
    public enum Mode: Sendable, Hashable, Codable {
        /// The source is AAC-LC and fits: its packets are kept as they are.
        case copy
        /// Decode, resample and encode.
        case encode(bitsPerSecond: Int)
    }

    /// The rendition's name and folder: `a` and the language, `aund`; `aeng-2` for a second track of one language,
    /// `aeng-6ch` for what has six channels.
    public var name: String
    /// ISO 639 code; `und` where unknown.
    public var language: String
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Copy or encode.
    public var mode: Mode
    /// Why the source's packets could not be kept, as codes; empty when they are.
    public var encodeReasons: [String]
    /// Output samples a second; also the track's timescale.
    public var sampleRate: Int
    /// Output channels.
    public var channels: Int
    /// Samples an AAC frame: 1024.
    public var frameSamples: Int
    /// Samples in front of the first one that is heard; the edit list's media time.
    public var priming: Int
    /// Source time that becomes output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Samples that are heard: the presentation's length. Silence fills what the source lacks.
    public var sampleCount: Int64
    /// AAC frame at which each segment starts, and the frame count at the end: `segmentCount + 1` values, rising.
    public var boundaries: [Int]
    /// The runs of segments that are finished, and recorded, together.
    public var ranges: [SegmentRange]
    /// Corrections of the packets' times; `nil` where they are right as they are.
    public var timestampShifts: [TimestampShift]?
    /// Tracks of one loudspeaker each that are mixed, the plan's own stream among them; `nil` where it is the only one.
    public var parts: [AudioPart]?

    /// An audio plan.
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

    /// Whether it has more channels than two; its track's stereo is another rendition, with the same `streamIndex`.
    public var isSurround: Bool { channels > 2 }

    /// Length of a segment in seconds; the first one without the priming that is never heard.
    public func duration(ofSegment index: Int) -> Rational {
        let samples = Int64((boundaries[index + 1] - boundaries[index]) * frameSamples)
        return Rational(samples - (index == 0 ? Int64(priming) : 0), Int64(sampleRate))
    }
}

/// A track of one channel that is a loudspeaker of a rendition.
public struct AudioPart: Sendable, Hashable, Codable {
    /// The stream's index in the source.
    public var streamIndex: Int
    /// Seconds a tick of the source's packet times.
    public var sourceTimeBase: Rational
    /// Source time that becomes output time 0, in ticks of `sourceTimeBase`.
    public var origin: Int64
    /// Its share of the left channel, 0…1.
    public var left: Double
    /// Its share of the right channel, 0…1.
    public var right: Double
    /// Corrections of the packets' times; `nil` where they are right as they are.
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

/// Stills of a plan.
public struct ImagePlan: Sendable, Hashable, Codable {
    /// Where posters come from.
    public enum PosterSource: Sendable, Hashable, Codable {
        /// Frames of the video at these output times, in milliseconds; the first is the default.
        case frames([Int64])
        /// The source's cover art, by stream index.
        case cover(streamIndex: Int)
        /// A drawing of the sound's level over time.
        case waveform
    }

    /// Where posters come from.
    public var posters: PosterSource
    /// Longest side of a poster in pixels.
    public var posterSide: Int
    /// The storyboard; `nil` for audio alone.
    public var storyboard: Storyboard?

    /// The stills of a plan.
    public init(posters: PosterSource, posterSide: Int, storyboard: Storyboard?) {
        self.posters = posters
        self.posterSide = posterSide
        self.storyboard = storyboard
    }
}

/// Small pictures in a grid, for the preview above a seek bar.
public struct Storyboard: Sendable, Hashable, Codable {
    /// Milliseconds from one tile to the next.
    public var intervalMilliseconds: Int64
    /// Tiles in all.
    public var tileCount: Int
    /// Width of a tile in pixels; even.
    public var tileWidth: Int
    /// Height of a tile in pixels; even.
    public var tileHeight: Int
    /// Tiles beside each other in a sheet.
    public var columns: Int
    /// Tiles above each other in a sheet.
    public var rows: Int

    /// A storyboard.
    public init(
        intervalMilliseconds: Int64, tileCount: Int, tileWidth: Int, tileHeight: Int, columns: Int, rows: Int
    ) {
        self.intervalMilliseconds = intervalMilliseconds
        self.tileCount = tileCount
        self.tileWidth = tileWidth
        self.tileHeight = tileHeight
        self.columns = columns
        self.rows = rows
    }

    /// Sheets that hold all tiles.
    public var sheetCount: Int { (tileCount + columns * rows - 1) / (columns * rows) }
}
