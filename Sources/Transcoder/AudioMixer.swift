import AV
import MediaModel

/// A track's reader in a box of its own, so that several can be kept in a collection.
private final class MixedTrack {
    var reader: AudioSourceReader
    /// What the track gives to each channel that comes out.
    let shares: [Float]

    init(_ source: SourceAccess, plan: AudioPlan, shares: [Float]) throws {
        reader = try AudioSourceReader(source, plan: plan)
        self.shares = shares
    }
}

/// The sound of a rendition, from one track or from several with a loudspeaker each, with its peaks below the ceiling
/// where channels were mixed.
///
/// Tracks are read from their start in pieces of one length, so sample `n` is the same whichever range asks for it.
struct AudioMixer: ~Copyable {
    private let tracks: [MixedTrack]
    private var limiter: PeakLimiter
    private var window: [[Float]]
    /// Number of the first sample in `window`.
    private var base: Int64 = 0

    private static let piece = 4096
    /// Samples before the last ones read that can be read once more: an encoder's range begins before the end of the one in
    /// front of it.
    private static let kept: Int64 = 1 << 16

    init(_ source: SourceAccess, plan: AudioPlan) throws {
        if let parts = plan.parts {
            tracks = try parts.map { part in
                var own = plan
                (own.streamIndex, own.sourceTimeBase, own.origin) = (
                    part.streamIndex, part.sourceTimeBase, part.origin
                )
                own.timestampShifts = part.timestampShifts
                own.channels = 1
                return try MixedTrack(source, plan: own, shares: [Float(part.left), Float(part.right)])
            }
        } else {
            tracks = [try MixedTrack(source, plan: plan, shares: [])]
        }
        limiter = PeakLimiter(sampleRate: plan.sampleRate)
        window = Array(repeating: [], count: plan.channels)
    }

    /// Whether anything could be decoded so far.
    var hasDecoded: Bool { tracks.contains { $0.reader.hasDecoded } }

    /// Samples `start ..< start + count`, one array a channel; silence where the source has none.
    /// - Parameter start: Not before what an earlier ``forget(before:)`` gave away, and not more than 65,536 samples before
    ///   the start of an earlier read.
    mutating func read(_ start: Int64, count: Int) throws -> [[Float]] {
        let end = start + Int64(count)
        while base + Int64(window[0].count) < end + Int64(limiter.reach) {
            try fill()
            // What lies far before the start was never asked for.
            let passed = min(start, base + Int64(window[0].count - limiter.reach))
            limiter.finish(&window, base: base, end: passed)
            forget(before: passed - Self.kept)
        }
        limiter.finish(&window, base: base, end: end)
        let first = Int(start - base)
        return window.map { Array($0[first..<(first + count)]) }
    }

    /// Lets go of samples that nobody will ask for again.
    mutating func forget(before sample: Int64) {
        let count = Int(clamping: sample - base)
        // In large steps: each one moves what stays.
        guard count > 1 << 16, count <= window[0].count else { return }
        for channel in window.indices { window[channel].removeFirst(count) }
        base += Int64(count)
    }

    private mutating func fill() throws {
        let (start, old) = (base + Int64(window[0].count), window[0].count)
        var isMixed = tracks.count > 2
        for channel in window.indices { window[channel].append(contentsOf: repeatElement(0, count: Self.piece)) }
        for track in tracks {
            let block = try track.reader.read(start, count: Self.piece)
            track.reader.forget(before: start)
            isMixed = isMixed || track.reader.mixesDown
            for channel in window.indices {
                if track.shares.isEmpty {
                    window[channel].replaceSubrange(old..., with: block[channel])
                } else if track.shares[channel] > 0 {
                    for index in block[0].indices {
                        window[channel][old + index] += block[0][index] * track.shares[channel]
                    }
                }
            }
        }
        if isMixed { limiter.look(at: window, from: old, base: base) }
    }
}
