import MediaModel

extension Planner {
    /// Longest side of a rung in samples: what decoders of H.264 in browsers and phones take.
    private static let longestSide = Rational(8192)

    /// A picture's size with square samples, before it is turned.
    ///
    /// Samples more than four times as wide as high, or as high as wide, come from no camera: they are taken as square.
    static func shownSize(width: Int, height: Int, sampleAspectRatio: Rational) -> (width: Rational, height: Rational) {
        let isKnown = sampleAspectRatio <= Rational(4) && sampleAspectRatio >= Rational(1, 4)
        let size = (
            width: Rational(Int64(width)) * (isKnown ? sampleAspectRatio : Rational(1)), height: Rational(Int64(height))
        )
        let longer = max(size.width, size.height)
        guard longer > longestSide else { return size }
        return (size.width * longestSide / longer, size.height * longestSide / longer)
    }
}
