import AV
import MediaModel

/// Checks that the times of a source can be computed exactly in 64 bits: its headers may declare clocks without a small
/// common multiple, or times of any size.
struct ClockCheck {
    /// Ticks a second of the clocks to which times are converted.
    private var clocks: [Int64] = []
    /// The greatest distance from zero of a sum of a few times, in seconds.
    private var seconds = 1.0

    /// A check of clocks in ticks a second, and of times up to so many seconds.
    init(clocks: [Int64], seconds: Double) {
        self.clocks = clocks
        self.seconds = seconds
    }

    /// A check of the clocks and the outermost times of the selected streams.
    init(video: (stream: StreamFacts, scan: PacketScan.Video)?, audio: [(stream: StreamFacts, scan: PacketScan.Audio)])
    {
        if let (stream, scan) = video {
            clocks += [stream.timeBase.denominator, VideoPlanner.timescale(for: stream.timeBase)]
            for time in [scan.shown.min(), scan.shown.max(), scan.lastDuration] { reach(time, stream.timeBase) }
        }
        for (stream, scan) in audio {
            clocks += [stream.timeBase.denominator, Int64(max(1, stream.sampleRate))]
            for time in [scan.first, scan.end] { reach(time, stream.timeBase) }
            seconds += Double(scan.skippedFront + scan.skippedEnd) / Double(max(1, stream.sampleRate))
        }
    }

    /// Refuses times that 64 bits cannot hold with room for sums.
    /// - Throws: `Rejection` with `undecodable`.
    func run() throws(Rejection) {
        let common = clocks.reduce(UInt128(1)) { Self.common($0, UInt128($1.magnitude)) }
        guard Double(common) * seconds < 0x1p60 else {
            throw Rejection(
                .undecodable, "The file's clocks have no common multiple that its times could be counted in.")
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
