/// Caps that are checked on headers and packet times before anything is decoded.
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

    /// A set of caps.
    public init(
        maximumSeconds: Int = 12 * 3600, maximumSide: Int = 8192, maximumPixels: Int = 8192 * 4320,
        maximumStreams: Int = 64, maximumFrameRate: Int = 300
    ) {
        self.maximumSeconds = maximumSeconds
        self.maximumSide = maximumSide
        self.maximumPixels = maximumPixels
        self.maximumStreams = maximumStreams
        self.maximumFrameRate = maximumFrameRate
    }
}
