/// Limits of a source, which are checked on headers and packet times before decoding, and again while decoding.
///
/// Durations and rates come from packets; the values in headers are ignored.
public struct MediaLimits: Sendable, Hashable, Codable {
    /// Longest duration in seconds.
    public var maximumSeconds: Int
    /// Longest side in samples.
    public var maximumSide: Int
    /// Most samples a frame.
    public var maximumPixels: Int
    /// Most streams a file.
    public var maximumStreams: Int
    /// Most frames a second, on average.
    public var maximumFrameRate: Int
    /// Most bytes of decoded video for each byte of the file, beyond ``freeExpansion``.
    ///
    /// Static black video of 3840×2160 has about 36 bytes a frame, key frames included: 350,000 times less than the decoded
    /// frame. Decompression bombs have a far higher ratio.
    public var maximumExpansion: Int

    /// Bytes of decoded video that every file may have, so that short clips of one colour are accepted.
    public var freeExpansion: Int64

    /// Most seconds that a kilobyte (1000 bytes) of the file may last, beyond ``freeSeconds``.
    ///
    /// Silence needs at least 100 bytes a second in every accepted codec, but static video needs none: this limit bounds the
    /// duration of a small file.
    public var maximumSecondsPerKilobyte: Int

    /// Seconds that every file may last, so that a short file may show a static frame.
    public var freeSeconds: Int

    /// Seconds that a byte may last, beyond ``freeSeconds``.
    public var secondsPerByte: Double { Double(maximumSecondsPerKilobyte) / 1000 }

    /// Most frames of a file.
    public var maximumFrames: Int { maximumSeconds * maximumFrameRate }

    /// Limits; the defaults suit most installations.
    public init(
        maximumSeconds: Int = 12 * 3600, maximumSide: Int = 8192, maximumPixels: Int = 8192 * 4320,
        maximumStreams: Int = 64, maximumFrameRate: Int = 300, maximumExpansion: Int = 500_000,
        freeExpansion: Int64 = 16 << 30, maximumSecondsPerKilobyte: Int = 25, freeSeconds: Int = 3600
    ) {
        self.maximumSeconds = maximumSeconds
        self.maximumSide = maximumSide
        self.maximumPixels = maximumPixels
        self.maximumStreams = maximumStreams
        self.maximumFrameRate = maximumFrameRate
        self.maximumExpansion = maximumExpansion
        self.freeExpansion = freeExpansion
        self.maximumSecondsPerKilobyte = maximumSecondsPerKilobyte
        self.freeSeconds = freeSeconds
    }
}
