/// Caps on a source: checked on headers and packet times before anything is decoded, and watched while it is.
///
/// What a container claims of its length or rate counts for nothing, neither for a file nor against it: packets do.
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
    /// Most bytes of decoded pictures for each byte of the file, beyond ``freeExpansion``.
    ///
    /// A black picture of 3840×2160 that never changes takes some 36 bytes a frame, key frames included: 350,000 times less
    /// than what it decodes to. A file made to keep a decoder busy for nothing lies far above that.
    public var maximumExpansion: Int

    /// Bytes of decoded pictures that no file has to account for: short clips of one colour are no bombs.
    public var freeExpansion: Int64

    /// Most seconds that a kilobyte (1000 bytes) of the file may last, beyond ``freeSeconds``.
    ///
    /// Silence takes 100 bytes a second at the least in any codec that is read, and a picture that does not change takes none:
    /// then it is this that bounds what a few bytes can cost.
    public var maximumSecondsPerKilobyte: Int

    /// Seconds that no file has to account for: a still may be shown for a while.
    public var freeSeconds: Int

    /// Seconds that a byte may last, beyond ``freeSeconds``.
    public var secondsPerByte: Double { Double(maximumSecondsPerKilobyte) / 1000 }

    /// Most pictures of a file.
    public var maximumFrames: Int { maximumSeconds * maximumFrameRate }

    /// A set of caps.
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
