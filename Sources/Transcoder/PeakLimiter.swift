/// Keeps mixed sound below a ceiling, heard as little as possible.
///
/// Its gain falls before a loud sample comes and rises slowly behind it, for all channels alike. What comes out of a
/// sample depends on the samples and on nothing else, whatever pieces they come in.
struct PeakLimiter {
    /// The largest sample that goes out, less what an encoder may add.
    static let ceiling: Float = 0.89
    /// By how much the gain rises in a second, as a factor: 1.5 dB. Faster than this it is heard as pumping.
    private static let recoveryASecond = 1.189

    /// Samples that have to be known behind one for its gain: ten milliseconds.
    let reach: Int
    private let recovery: Double
    /// Samples above the ceiling that are still out of reach, by number, with the gain that each needs.
    private var coming = Fifo()
    /// Those within reach that count: rising gains.
    private var near = Fifo()
    /// The gain before it is smoothed, of the sample before the next.
    private var gain = 1.0
    /// Such gains of the last `reach + 1` samples, their sum, and how many of the latest are 1.
    private var recent: [Double]
    private var sum: Double
    private var ones: Int
    /// Number of the next sample to finish. Begins before the first one, whose gain may have to fall before it comes.
    private var next: Int64

    /// A limiter for sound from sample 0 on.
    init(sampleRate: Int) {
        reach = sampleRate / 100
        recovery = 1 + (Self.recoveryASecond - 1) / Double(sampleRate)
        recent = Array(repeating: 1, count: reach + 1)
        sum = Double(reach + 1)
        ones = reach + 1
        next = -Int64(reach)
    }

    /// Looks at the samples of all channels from `start` on; the first of the arrays is number `base`.
    mutating func look(at samples: [[Float]], from start: Int, base: Int64) {
        guard let count = samples.first?.count else { return }
        for index in start..<max(start, count) {
            var peak: Float = 0
            for channel in samples { peak = max(peak, abs(channel[index])) }
            if peak > Self.ceiling { coming.append(base + Int64(index), Double(Self.ceiling / peak)) }
        }
    }

    /// Brings the samples up to number `end` to their level. Samples were looked at as far as ``reach`` behind it.
    mutating func finish(_ samples: inout [[Float]], base: Int64, end: Int64) {
        while next < end {
            if ones > reach, near.first == nil {
                // Nothing is loud: on to where the next loud sample comes into reach.
                let quiet = coming.first.map { min(end, $0.sample - Int64(reach)) } ?? end
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
        while let first = coming.first, first.sample <= next + Int64(reach) {
            coming.removeFirst()
            near.removeLast { $0.gain >= first.gain }
            near.append(first.sample, first.gain)
        }
        while let first = near.first, first.sample < next { near.removeFirst() }
        gain = min(near.first?.gain ?? 1, gain * recovery, 1)
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

/// Loud samples in order, taken away at both ends.
private struct Fifo {
    private var entries: [(sample: Int64, gain: Double)] = []
    private var start = 0

    var first: (sample: Int64, gain: Double)? { start < entries.count ? entries[start] : nil }

    mutating func append(_ sample: Int64, _ gain: Double) { entries.append((sample, gain)) }

    mutating func removeFirst() {
        start += 1
        guard start > 4096, start * 2 > entries.count else { return }
        entries.removeFirst(start)
        start = 0
    }

    mutating func removeLast(while matches: ((sample: Int64, gain: Double)) -> Bool) {
        while start < entries.count, let last = entries.last, matches(last) { entries.removeLast() }
    }
}
