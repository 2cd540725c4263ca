/// Computes how much audio must be stretched to follow its timestamps.
///
/// Recorders' clocks are not exact: after minutes there are fewer or more samples than the timestamps require. Inserting and
/// cutting samples is audible; stretching by less than one percent is not.
struct DriftControl {
    /// The share by which audio must be stretched, negative to compress it; `nil` without drift.
    private(set) var stretch: Double?
    /// Average deviation of the timestamps from the samples over about a second.
    private var mean = 0.0

    /// Smaller deviations are rounding errors, in seconds.
    private static let tolerance = 0.01
    /// Share of the deviation that is corrected in a second.
    private static let gain = 0.4
    /// The maximum stretch.
    private static let maximum = 0.02

    /// Adds the deviation of a frame.
    /// - Parameters:
    ///   - distance: Seconds by which the frame's timestamp is ahead of the samples before it.
    ///   - seconds: Duration of the frame.
    mutating func note(distance: Double, seconds: Double) {
        mean += (distance - mean) * min(1, seconds)
        if stretch != nil || abs(mean) > Self.tolerance {
            stretch = min(Self.maximum, max(-Self.maximum, mean * Self.gain))
        }
    }

    /// Resets the deviation, after samples were inserted or cut.
    mutating func settle() { mean = 0 }
}
