/// Finds out by how much a sound has to be stretched to stay with its times.
///
/// Clocks of recorders differ: after minutes the samples that came are fewer, or more, than their times say. Filling and
/// cutting tears the sound each time; stretching it by less than a hundredth is not heard.
struct DriftControl {
    /// How much more sound than comes has to go out, as a share; `nil` while all is well.
    private(set) var stretch: Double?
    /// Mean distance of the times from the samples, over about a second.
    private var mean = 0.0

    /// Seconds of distance below which times are taken as rounded.
    private static let tolerance = 0.01
    /// Share of the distance that is made up for in a second.
    private static let gain = 0.4
    /// Most that a sound is stretched.
    private static let most = 0.02

    /// Takes note of a piece.
    /// - Parameters:
    ///   - distance: Seconds by which its time is ahead of the samples that came before it.
    ///   - seconds: Its length.
    mutating func note(distance: Double, seconds: Double) {
        mean += (distance - mean) * min(1, seconds)
        if stretch != nil || abs(mean) > Self.tolerance {
            stretch = min(Self.most, max(-Self.most, mean * Self.gain))
        }
    }

    /// The times and the samples were brought together otherwise.
    mutating func settle() { mean = 0 }
}
