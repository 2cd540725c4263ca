internal import Ground

/// A video rendition of a ladder: its frame size and its encoder settings.
///
/// Has every setting that affects the encoded bytes, so that a range gives the same result in every run and on every worker.
public struct Rung: Sendable, Hashable, Codable {
    /// Name and folder: `v` and the shorter side in lines, `v720`.
    public var name: String
    /// Encoded width in samples; even.
    public var width: Int
    /// Encoded height in samples; even.
    public var height: Int
    /// x264's constant rate factor, 0…51; lower is better.
    public var constantRateFactor: Int
    /// x264's quantizer offset of both chroma planes, −12…12; `nil` means 0.
    public var colorQuantizerOffset: Int?
    /// Maximum bit rate of the VBV, in bits a second.
    public var maximumBitrate: Int
    /// Size of the VBV buffer in bits.
    public var bufferSize: Int
    /// x264's preset: `veryfast`, `medium`, …
    public var preset: String
    /// H.264 level times ten: 31 is level 3.1.
    public var level: Int
    /// Frame threads of the encoder. Part of the plan because it affects the encoded bytes.
    public var threads: Int
    /// The properties of a passthrough rung, whose video is copied from the source; `nil` for an encoded rung. Of the
    /// settings above only name, size, maximum bit rate and level apply to a passthrough.
    public var passthrough: PassthroughVideo?

    private enum CodingKeys: String, CodingKey {
        case name, width, height, constantRateFactor, colorQuantizerOffset, maximumBitrate, bufferSize, preset, level
        case threads
        case passthrough = "kept"
    }

    /// An encoded rung.
    public init(
        name: String, width: Int, height: Int, constantRateFactor: Int, maximumBitrate: Int, bufferSize: Int,
        preset: String, level: Int, threads: Int
    ) {
        self.name = name
        self.width = width
        self.height = height
        self.constantRateFactor = constantRateFactor
        self.maximumBitrate = maximumBitrate
        self.bufferSize = bufferSize
        self.preset = preset
        self.level = level
        self.threads = threads
        passthrough = nil
    }

    /// The shorter side in lines, as in `720p`.
    public var lines: Int { min(width, height) }

    /// RFC 6381 codec string: that of the source for a passthrough, else High profile at this level, `avc1.64001f`.
    public var codecString: String {
        if let passthrough { return passthrough.codecString }
        return "avc1.6400" + Hexadecimal.text([UInt8(clamping: level)])
    }
}

/// H.264 video of a source that is cut at its own key frames and copied without encoding.
public struct PassthroughVideo: Sendable, Hashable, Codable {
    /// RFC 6381 codec string of the source's profile and level.
    public var codecString: String
    /// The largest reordering delay in output ticks; the edit list's media time.
    public var reorderDelay: Int64

    /// The properties of a passthrough.
    public init(codecString: String, reorderDelay: Int64) {
        self.codecString = codecString
        self.reorderDelay = reorderDelay
    }
}
