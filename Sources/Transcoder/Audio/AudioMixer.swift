import AV
import MediaModel

/// A source track of a mix. A class, since an array cannot hold `~Copyable` readers.
private final class MixedTrack {
    private var reader: AudioSourceReader
    /// The track's gain in each output channel; empty for a track that is not mixed.
    let gains: [Float]

    init(_ source: SourceAccess, plan: AudioPlan, gains: [Float], from start: Int64, isExact: Bool) throws {
        reader = try AudioSourceReader(source, plan: plan, from: start, isExact: isExact)
        self.gains = gains
    }

    var hasDecoded: Bool { reader.hasDecoded }
    var mixesDown: Bool { reader.mixesDown }

    /// The next `count` samples from `start` on; earlier ones are discarded.
    func read(_ start: Int64, count: Int) throws -> [[Float]] {
        let block = try reader.read(start, count: count)
        reader.discard(before: start)
        return block
    }
}

/// Reads the samples of a rendition from one track, or from several tracks with one channel each, which it mixes.
///
/// Limits peaks where channels were mixed. Sample `n` does not depend on the range that reads it: each track counts its samples
/// from its start, and the limiter sees the samples on which its gain depends.
struct AudioMixer: ~Copyable {
    private let tracks: [MixedTrack]
    private var limiter: PeakLimiter
    private var window: SampleWindow

    private static let blockSize = 4096
    /// Samples before the last read ones that can be read again: a range's encoder starts before the end of the previous
    /// range.
    private static let history: Int64 = 1 << 16

    /// A mixer.
    /// - Parameters:
    ///   - sample: The first sample that is read.
    ///   - isExact: Whether a track with gaps is read from its start.
    init(_ source: SourceAccess, plan: AudioPlan, from sample: Int64 = 0, isExact: Bool = true) throws {
        let start = max(0, sample - PeakLimiter.memory * Int64(plan.sampleRate))
        if let parts = plan.parts {
            tracks = try parts.map { part in
                var own = plan
                (own.streamIndex, own.sourceTimeBase, own.origin) = (
                    part.streamIndex, part.sourceTimeBase, part.origin
                )
                own.timestampShifts = part.timestampShifts
                own.channels = 1
                return try MixedTrack(
                    source, plan: own, gains: [Float(part.left), Float(part.right)], from: start,
                    isExact: isExact)
            }
        } else {
            tracks = [try MixedTrack(source, plan: plan, gains: [], from: start, isExact: isExact)]
        }
        limiter = PeakLimiter(sampleRate: plan.sampleRate, from: start)
        window = SampleWindow(channelCount: plan.channels, from: start)
    }

    /// Whether any sample was decoded so far.
    var hasDecoded: Bool { tracks.contains(where: \.hasDecoded) }

    /// Samples `start ..< start + count`, one array a channel; silence where the source has none.
    /// - Parameter start: Not before a sample that ``discard(before:)`` discarded, and not more than 65,536 samples before the
    ///   start of an earlier read.
    mutating func read(_ start: Int64, count: Int) throws -> [[Float]] {
        let end = start + Int64(count)
        while window.end < end + Int64(limiter.reach) {
            try fill()
            // Samples far before the start are not needed.
            let passed = min(start, window.end - Int64(limiter.reach))
            limiter.finish(&window.channels, base: window.start, end: passed)
            discard(before: passed - Self.history)
        }
        limiter.finish(&window.channels, base: window.start, end: end)
        let first = Int(start - window.start)
        return window.channels.map { Array($0[first..<(first + count)]) }
    }

    /// Discards samples before a number; they cannot be read any more.
    mutating func discard(before sample: Int64) { window.discard(before: sample) }

    private mutating func fill() throws {
        let (start, old) = (window.end, window.count)
        var isMixed = tracks.count > 2
        for channel in window.channels.indices {
            window.channels[channel].append(contentsOf: repeatElement(0, count: Self.blockSize))
        }
        for track in tracks {
            let block = try track.read(start, count: Self.blockSize)
            isMixed = isMixed || track.mixesDown
            for channel in window.channels.indices {
                if track.gains.isEmpty {
                    window.channels[channel].replaceSubrange(old..., with: block[channel])
                } else if track.gains[channel] > 0 {
                    for index in block[0].indices {
                        window.channels[channel][old + index] += block[0][index] * track.gains[channel]
                    }
                }
            }
        }
        if isMixed { limiter.look(at: window.channels, from: old, base: window.start) }
    }
}
