/// One video rendition of a ladder: its picture size and how it is encoded.
///
/// Everything that changes the encoded bytes is here, so that a range made again, or elsewhere, comes out the same.
public struct Rung: Sendable, Hashable, Codable {
    /// The rendition's name and folder: `v` and the shorter side in lines, `v720`.
    public var name: String
    /// Encoded width in samples; even.
    public var width: Int
    /// Encoded height in samples; even.
    public var height: Int
    /// x264's constant rate factor, 0…51; lower is better.
    public var constantRateFactor: Int
    /// What x264 adds to the quantizer for both planes of colour, −12…12; `nil` as 0, and in plans of earlier versions.
    public var colorQuantizerOffset: Int?
    /// Ceiling of the bit rate under VBV, in bits a second.
    public var maximumBitrate: Int
    /// VBV buffer in bits.
    public var bufferSize: Int
    /// x264's preset: `veryfast`, `medium`, …
    public var preset: String
    /// H.264 level times ten: 31 is level 3.1.
    public var level: Int
    /// Frame threads of the encoder. Part of the plan because it changes the bytes.
    public var threads: Int
    /// Set where the source's own pictures are kept instead; then nothing above but name, size and ceiling counts.
    public var kept: PassthroughVideo?

    /// A rung.
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
        kept = nil
    }

    /// The shorter side in lines: what people call `720p`.
    public var lines: Int { min(width, height) }

    /// RFC 6381 codec string: the source's where its pictures are kept, else High profile at this level, `avc1.64001f`.
    public var codecString: String {
        if let kept { return kept.codecString }
        let digits = String(level, radix: 16)
        return "avc1.6400" + (digits.count < 2 ? "0" + digits : digits)
    }
}

/// Pictures of a source that fit as they are: H.264 that is cut at its own key frames and not encoded.
public struct PassthroughVideo: Sendable, Hashable, Codable {
    /// RFC 6381 codec string of the source's own profile and level.
    public var codecString: String
    /// Longest distance, in output ticks, by which decoding runs ahead of showing; the edit list's media time.
    public var reorderDelay: Int64

    /// Pictures that are kept.
    public init(codecString: String, reorderDelay: Int64) {
        self.codecString = codecString
        self.reorderDelay = reorderDelay
    }
}
