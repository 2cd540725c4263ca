import AV
import MediaModel

extension Planner {
    /// Longest side of a rung in samples: what decoders of H.264 in browsers and phones take.
    private static let longestSide = Rational(8192)

    /// A picture's size with square samples, before it is turned.
    ///
    static func shownSize(width: Int, height: Int, sampleAspectRatio: Rational) -> (width: Rational, height: Rational) {
        let most = StreamFacts.maximumStretch
        let isKnown = sampleAspectRatio <= most && sampleAspectRatio >= most.reciprocal
        let size = (
            width: Rational(Int64(width)) * (isKnown ? sampleAspectRatio : Rational(1)), height: Rational(Int64(height))
        )
        let longer = max(size.width, size.height)
        guard longer > longestSide else { return size }
        return (size.width * longestSide / longer, size.height * longestSide / longer)
    }
}
