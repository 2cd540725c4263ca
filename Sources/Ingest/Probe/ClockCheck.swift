import AV
import MediaModel

/// Whether times of a source can be counted exactly: all are brought to one clock, and headers may claim clocks without a
/// common one, and times without end.
struct ClockCheck {
    /// Ticks a second of clocks that the times are brought to.
    var clocks: [Int64] = []
    /// The furthest from zero that a sum of a few times can come, in seconds.
    var seconds = 1.0

    /// A check of nothing yet.
    init() {}

    /// Looks at the clocks and the outermost times of the chosen streams.
    init(video: (stream: StreamFacts, scan: PacketScan.Video)?, audio: [(stream: StreamFacts, scan: PacketScan.Audio)])
    {
        if let (stream, scan) = video {
            clocks += [stream.timeBase.denominator, Planner.timescale(for: stream.timeBase)]
            for time in [scan.shown.min(), scan.shown.max(), scan.lastDuration] { reach(time, stream.timeBase) }
        }
        for (stream, scan) in audio {
            clocks += [stream.timeBase.denominator, Int64(max(1, stream.sampleRate))]
            for time in [scan.first, scan.end] { reach(time, stream.timeBase) }
            seconds += Double(scan.skippedFront + scan.skippedEnd) / Double(max(1, stream.sampleRate))
        }
    }

    /// Refuses what 64 bits cannot hold with room for sums.
    /// - Throws: `Rejection` with `undecodable`.
    func run() throws(Rejection) {
        let common = clocks.reduce(UInt128(1)) { Self.common($0, UInt128($1.magnitude)) }
        guard Double(common) * seconds < 0x1p60 else {
            throw Rejection(.undecodable, "The file's clocks do not fit each other: its times cannot be counted.")
        }
    }

    private mutating func reach(_ ticks: Int64?, _ base: Rational) {
        seconds += abs(Double(ticks ?? 0)) * base.doubleValue
    }

    /// The least common multiple; the largest number where it does not fit.
    private static func common(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (x, y) = (a, b)
        while y != 0 { (x, y) = (y, x % y) }
        let (product, isTooLarge) = (a / max(x, 1)).multipliedReportingOverflow(by: b)
        return isTooLarge ? .max : product
    }
}
