import DequeModule

/// A look-ahead peak limiter for mixed audio.
///
/// The gain falls before a loud sample and rises slowly after it, equally for all channels. The output depends only on the
/// samples, not on the blocks in which they arrive.
struct PeakLimiter {
    /// The largest output sample; leaves headroom for the encoder.
    static let ceiling: Float = 0.89
    /// The factor by which the gain rises in a second: 1.5 dB. A faster rise is audible as pumping.
    private static let recoveryASecond = 1.189

    /// Samples of look-ahead: ten milliseconds.
    let reach: Int
    private let recovery: Double
    /// A sample above the ceiling and the gain that it needs.
    private typealias Peak = (sample: Int64, gain: Double)
    /// Peaks beyond the look-ahead.
    private var upcoming: Deque<Peak> = []
    /// Peaks within the look-ahead that no later peak covers, by rising gain.
    private var active: Deque<Peak> = []
    /// The gain of the previous sample before smoothing.
    private var gain = 1.0
    /// The unsmoothed gains of the last `reach + 1` samples, their sum, and how many of the latest ones are 1.
    private var recent: [Double]
    private var sum: Double
    private var ones: Int
    /// Number of the next sample. Starts before sample 0, since the gain may have to fall before it.
    private var next: Int64

    /// Seconds after which the gain no longer depends on a peak. A mix of six channels exceeds full scale by less than 9 dB.
    static let memory: Int64 = 6

    /// A limiter that starts at a sample.
    init(sampleRate: Int, from start: Int64 = 0) {
        reach = sampleRate / 100
        recovery = 1 + (Self.recoveryASecond - 1) / Double(sampleRate)
        recent = Array(repeating: 1, count: reach + 1)
        sum = Double(reach + 1)
        ones = reach + 1
        next = start > 0 ? start : -Int64(reach)
    }

    /// Finds the peaks of new samples: those from index `start` on; index 0 is sample `base`.
    mutating func look(at samples: [[Float]], from start: Int, base: Int64) {
        guard let count = samples.first?.count else { return }
        for index in start..<max(start, count) {
            var peak: Float = 0
            for channel in samples { peak = max(peak, abs(channel[index])) }
            if peak > Self.ceiling { upcoming.append((base + Int64(index), Double(Self.ceiling / peak))) }
        }
    }

    /// Applies the gain to the samples before number `end`. ``look(at:from:base:)`` must have seen ``reach`` samples more.
    mutating func finish(_ samples: inout [[Float]], base: Int64, end: Int64) {
        while next < end {
            if ones > reach, active.isEmpty {
                // Gain 1 until the next peak comes into the look-ahead.
                let quiet = upcoming.first.map { min(end, $0.sample - Int64(reach)) } ?? end
                if quiet > next {
                    next = quiet
                    continue
                }
            }
            let level = step()
            if level < 1, next >= 0 {
                let index = Int(next - base)
                for channel in samples.indices { samples[channel][index] *= Float(level) }
            }
            next += 1
        }
    }

    /// The gain of the next sample.
    private mutating func step() -> Double {
        while let first = upcoming.first, first.sample <= next + Int64(reach) {
            upcoming.removeFirst()
            while let last = active.last, last.gain >= first.gain { active.removeLast() }
            active.append(first)
        }
        while let first = active.first, first.sample < next { active.removeFirst() }
        gain = min(active.first?.gain ?? 1, gain * recovery, 1)
        let place = Int((next + Int64(reach)) % Int64(reach + 1))
        sum += gain - recent[place]
        recent[place] = gain
        ones = gain == 1 ? ones + 1 : 0
        guard ones <= reach else {
            sum = Double(reach + 1)
            return 1
        }
        return sum / Double(reach + 1)
    }
}
