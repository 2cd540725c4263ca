/// The properties of an upload by its headers and packet times, before anything is decoded.
///
/// The probe in the media child produces them; they are stored as JSON with the job and shown to the creator.
public struct SourceFacts: Sendable, Hashable, Codable {
    /// The short name of the detected container: `mp4`, `matroska`, `mpegts`, `avi`, `flv`, `asf`, `mp3`, …
    public var container: String
    /// The file's length in bytes.
    public var byteCount: Int64
    /// Duration of the longest selected track in milliseconds, by its packets and not by the header.
    public var durationMilliseconds: Int64
    /// The selected video track, if any.
    public var video: VideoFacts?
    /// The default audio track, if any.
    public var audio: AudioFacts?
    /// The other audio tracks that a viewer can choose, in the container's order; `nil` without any.
    public var furtherAudio: [AudioFacts]?
    /// The stream index of cover art.
    public var coverStream: Int?
    /// Notes for the creator: raw values of ``VideoNote``.
    public var notes: [String]

    /// Properties of a source.
    public init(
        container: String, byteCount: Int64, durationMilliseconds: Int64, video: VideoFacts?, audio: AudioFacts?,
        furtherAudio: [AudioFacts]? = nil, coverStream: Int?, notes: [String]
    ) {
        self.container = container
        self.byteCount = byteCount
        self.durationMilliseconds = durationMilliseconds
        self.video = video
        self.audio = audio
        self.furtherAudio = furtherAudio
        self.coverStream = coverStream
        self.notes = notes
    }

    /// Adds a note.
    public mutating func add(_ note: VideoNote) { notes.append(note.rawValue) }
}

/// Properties of a video track.
public struct VideoFacts: Sendable, Hashable, Codable {
    /// The stream's index in its container.
    public var streamIndex: Int
    /// FFmpeg's short name of the codec: `h264`, `hevc`, `vp9`, …
    public var codec: String
    /// Coded luma width in samples.
    public var width: Int
    /// Coded luma height in samples.
    public var height: Int
    /// Sample aspect ratio; 1/1 where unknown.
    public var sampleAspectRatio: Rational
    /// Clockwise rotation in degrees that makes the video upright: 0, 90, 180 or 270.
    public var rotation: Int
    /// Whether to mirror the video left to right after the rotation.
    public var mirrored: Bool
    /// Seconds a tick of the packets' times.
    public var timeBase: Rational
    /// Packets divided by duration; for display and for bit-rate limits.
    public var averageFrameRate: Rational
    /// FFmpeg's name of the pixel format: `yuv420p`, `yuv420p10le`, …
    public var pixelFormat: String
    /// Whether the video is interlaced.
    public var interlaced: Bool
    /// Its colours.
    public var color: ColorFacts
    /// Number of packets with a frame.
    public var frameCount: Int

    /// Properties of a video track.
    public init(
        streamIndex: Int, codec: String, width: Int, height: Int, sampleAspectRatio: Rational, rotation: Int,
        mirrored: Bool, timeBase: Rational, averageFrameRate: Rational, pixelFormat: String, interlaced: Bool,
        color: ColorFacts, frameCount: Int
    ) {
        self.streamIndex = streamIndex
        self.codec = codec
        self.width = width
        self.height = height
        self.sampleAspectRatio = sampleAspectRatio
        self.rotation = rotation
        self.mirrored = mirrored
        self.timeBase = timeBase
        self.averageFrameRate = averageFrameRate
        self.pixelFormat = pixelFormat
        self.interlaced = interlaced
        self.color = color
        self.frameCount = frameCount
    }

    /// Display size: square samples, upright.
    public var displaySize: (width: Rational, height: Rational) {
        let wide = Rational(Int64(width)) * sampleAspectRatio
        let high = Rational(Int64(height))
        return rotation % 180 == 0 ? (wide, high) : (high, wide)
    }
}

/// The colour description of a video (code points of ISO/IEC 23091-2, with FFmpeg's names).
public struct ColorFacts: Sendable, Hashable, Codable {
    /// `bt709`, `smpte170m`, `bt2020`, …; `nil` without a tag.
    public var primaries: String?
    /// `bt709`, `smpte2084` (PQ), `arib-std-b67` (HLG), …; `nil` without a tag.
    public var transfer: String?
    /// `bt709`, `smpte170m`, `bt2020nc`, …; `nil` without a tag.
    public var matrix: String?
    /// Whether luma is 0…255 instead of 16…235.
    public var fullRange: Bool

    /// A colour description.
    public init(primaries: String?, transfer: String?, matrix: String?, fullRange: Bool) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
        self.fullRange = fullRange
    }

    /// Whether the video is HDR (PQ or HLG) and must be tone-mapped for SDR.
    public var isHighDynamicRange: Bool { transfer == "smpte2084" || transfer == "arib-std-b67" }
}

/// Properties of an audio track.
public struct AudioFacts: Sendable, Hashable, Codable {
    /// The stream's index in its container.
    public var streamIndex: Int
    /// FFmpeg's short name of the codec: `aac`, `opus`, `ac3`, …
    public var codec: String
    /// FFmpeg's profile name where it matters (`LC`, `HE-AAC`), else `nil`.
    public var profile: String?
    /// Samples a second.
    public var sampleRate: Int
    /// Number of channels.
    public var channels: Int
    /// ISO 639 code from the container; `nil` without one.
    public var language: String?
    /// Seconds a tick of the packets' times.
    public var timeBase: Rational
    /// Number of packets of the track.
    public var packetCount: Int

    /// Properties of an audio track.
    public init(
        streamIndex: Int, codec: String, profile: String?, sampleRate: Int, channels: Int, language: String?,
        timeBase: Rational, packetCount: Int
    ) {
        self.streamIndex = streamIndex
        self.codec = codec
        self.profile = profile
        self.sampleRate = sampleRate
        self.channels = channels
        self.language = language
        self.timeBase = timeBase
        self.packetCount = packetCount
    }
}
