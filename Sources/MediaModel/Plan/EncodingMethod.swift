/// How the frames of a plan are scaled and encoded, apart from the settings of its rungs.
///
/// Part of the plan because it affects the encoded bytes: a segment that is made again must have the same bytes.
public enum EncodingMethod: String, Sendable, Hashable, Codable {
    /// Each rung is scaled from one of at least twice its size, or the source, and has an encoder with a long lookahead.
    case longLookahead = "x264/2"

    /// Frames of x264's lookahead, and what its rate factor is raised by at that length.
    ///
    /// A longer lookahead moves more bits to what later frames refer to. At the same rate factor that gives a better picture
    /// and more bytes; the higher rate factor gives the same picture with fewer bytes.
    public struct Lookahead: Sendable, Hashable {
        /// Frames.
        public let frames: Int
        /// Steps of the rate factor.
        public let rateFactorOffset: Double
    }

    /// Most samples of a frame with a long lookahead, which holds 50 frames and their halved copies.
    private static let mostSamples = 2048 * 1152

    /// Fewest samples of a frame's side: the lookahead reads halved copies in blocks of 8×8, which tell little of fewer lines.
    private static let leastSide = 64

    /// The lookahead of a rung; `nil` where x264's preset decides.
    ///
    /// The offset is measured for `veryfast`, whose own lookahead is 10 frames; faster presets have none, and slower ones have
    /// one that is long enough.
    public func lookahead(of rung: Rung) -> Lookahead? {
        guard rung.preset == "veryfast", rung.width * rung.height <= Self.mostSamples,
            min(rung.width, rung.height) >= Self.leastSide
        else { return nil }
        return Lookahead(frames: 40, rateFactorOffset: 0.25)
    }
}
