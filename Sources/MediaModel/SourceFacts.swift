/// What the headers and packet times of an upload say, before anything is decoded.
///
/// Made by the probe in the media child, stored as JSON beside the source, shown to its creator.
public struct SourceFacts: Sendable, Hashable, Codable {
    /// The container that was sniffed, by its short name: `mp4`, `matroska`, `mpegts`, `avi`, `flv`, `asf`, `mp3`, …
    public var container: String
    /// The file's length in bytes.
    public var byteCount: Int64
    /// The longest chosen track, in milliseconds, by its packets and not by what the header claims.
    public var durationMilliseconds: Int64
    /// The chosen video track, if there is one.
    public var video: VideoFacts?
    /// The chosen audio track, if there is one.
    public var audio: AudioFacts?
    /// Audio tracks that can be chosen instead of it, in the container's order; `nil` where there are none.
    public var furtherAudio: [AudioFacts]?
    /// A still picture that came along (cover art), by stream index.
    public var coverStream: Int?
    /// Things the creator should know: `hdr_tone_mapped`, `damaged`, `extra_tracks_ignored`, …
    public var notes: [String]

    /// All facts of a source.
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
}

/// Facts of a video track.
public struct VideoFacts: Sendable, Hashable, Codable {
    /// The stream's index in its container.
    public var streamIndex: Int
    /// The codec's short name in FFmpeg's words: `h264`, `hevc`, `vp9`, …
    public var codec: String
    /// Coded luma width in samples.
    public var width: Int
    /// Coded luma height in samples.
    public var height: Int
    /// Width of a sample over its height; 1/1 where unknown.
    public var sampleAspectRatio: Rational
    /// Clockwise quarter turns that make the picture upright: 0, 90, 180 or 270 degrees.
    public var rotation: Int
    /// Whether the picture must be mirrored left to right after it was turned.
    public var mirrored: Bool
    /// Seconds a tick of the packets' times.
    public var timeBase: Rational
    /// Packets over duration; a rough figure for people and for bit-rate caps.
    public var averageFrameRate: Rational
    /// FFmpeg's name of the pixel format: `yuv420p`, `yuv420p10le`, …
    public var pixelFormat: String
    /// Whether fields have to be woven into frames.
    public var interlaced: Bool
    /// How its colours are meant.
    public var color: ColorFacts
    /// Packets that carry a picture.
    public var frameCount: Int

    /// Facts of a video track.
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

    /// Width and height as a viewer sees them: square samples, upright.
    public var displaySize: (width: Rational, height: Rational) {
        let wide = Rational(Int64(width)) * sampleAspectRatio
        let high = Rational(Int64(height))
        return rotation % 180 == 0 ? (wide, high) : (high, wide)
    }
}

/// How the numbers of a picture become colours (ISO/IEC 23091-2 code points, in FFmpeg's names).
public struct ColorFacts: Sendable, Hashable, Codable {
    /// `bt709`, `smpte170m`, `bt2020`, …; `nil` where the source does not say.
    public var primaries: String?
    /// `bt709`, `smpte2084` (PQ), `arib-std-b67` (HLG), …; `nil` where the source does not say.
    public var transfer: String?
    /// `bt709`, `smpte170m`, `bt2020nc`, …; `nil` where the source does not say.
    public var matrix: String?
    /// Whether luma uses 0…255 rather than 16…235.
    public var fullRange: Bool

    /// How a picture's numbers become colours.
    public init(primaries: String?, transfer: String?, matrix: String?, fullRange: Bool) {
        self.primaries = primaries
        self.transfer = transfer
        self.matrix = matrix
        self.fullRange = fullRange
    }

    /// Whether the picture has to be tone-mapped to be right on an SDR screen.
    public var isHighDynamicRange: Bool { transfer == "smpte2084" || transfer == "arib-std-b67" }
}

/// Facts of an audio track.
public struct AudioFacts: Sendable, Hashable, Codable {
    /// The stream's index in its container.
    public var streamIndex: Int
    /// The codec's short name in FFmpeg's words: `aac`, `opus`, `ac3`, …
    public var codec: String
    /// FFmpeg's profile name where it matters (`LC`, `HE-AAC`), else `nil`.
    public var profile: String?
    /// Samples a second.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// ISO 639 code as the container gives it; `nil` where it does not.
    public var language: String?
    /// Seconds a tick of the packets' times.
    public var timeBase: Rational
    /// Packets of the track.
    public var packetCount: Int

    /// Facts of an audio track.
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
