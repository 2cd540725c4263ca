import MediaModel

extension PlannedSource {
    /// Source time that becomes output time 0: that of the first picture or sound.
    ///
    /// Pictures are counted in ticks of their own clock. One that ticks once a picture (Ogg, AVI) cannot say when a sound
    /// began that was first, so time 0 is the tick nearest to it, for all tracks: else the picture would be late by up to
    /// a tick.
    static func origin(_ first: Rational, pictures timeBase: Rational?) -> Rational {
        guard let timeBase, timeBase > Rational(1, 200) else { return first }
        let tick = MediaTime.rescale(
            first.numerator, from: Rational(1, first.denominator), to: timeBase, .nearest)
        return Rational(tick) * timeBase
    }
}
