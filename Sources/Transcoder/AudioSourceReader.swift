import AV
import MediaModel

/// Reads a source's sound as samples counted from output time 0, at the plan's rate and channels.
///
/// Every sample is counted from the start of the source, so sample `n` is the same whichever range asks for it. Gaps of
/// more than the slack are filled with silence, overlaps cut; what strays slowly is stretched; what lies before output
/// time 0 is left out.
struct AudioSourceReader: ~Copyable {
    private let plan: AudioPlan
    private var demuxer: Demuxer
    /// Opened for the first packet: a stream may come up in mid-way.
    private var decoder: Decoder?
    private let access: SourceAccess
    private var resampler: Resampler
    private let packet: Packet
    /// Source samples that were fed so far, silence included, counted from output time 0.
    private var fed: Int64 = 0
    private var sourceRate = 0
    private var hasStarted = false
    private var flushed = false
    /// Silence that belongs in front of `held`, in source samples. It is fed in small pieces, as it is read: a file of a
    /// few bytes can say that hours pass between two of its sounds.
    private var owed: Int64 = 0
    /// The piece that waits for the silence in front of it to be fed.
    private var held: Frame?
    private var window: [[Float]]
    /// Number of the first sample in `window`.
    private var base: Int64 = 0
    private(set) var ended = false
    /// Whether anything could be decoded so far.
    private(set) var hasDecoded = false
    /// Whether there were more channels than come out so far.
    private(set) var mixesDown = false
    private var drift = DriftControl()
    /// Source samples by which what was fed was stretched.
    private var stretched = 0.0

    /// Times that stray less than this are a container's rounding and not a gap, in seconds.
    private static let slack = Rational(4, 100)

    init(_ source: SourceAccess, plan: AudioPlan) throws {
        let demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let packet = try Packet()
        self.plan = plan
        self.demuxer = demuxer
        access = source
        self.packet = packet
        resampler = Resampler(sampleRate: plan.sampleRate, channels: plan.channels)
        window = Array(repeating: [], count: plan.channels)
    }

    /// Samples `start ..< start + count`, one array a channel; silence where the source has none.
    /// - Parameter start: Not before what an earlier ``forget(before:)`` gave away.
    mutating func read(_ start: Int64, count: Int) throws -> [[Float]] {
        while !ended, base + Int64(window[0].count) < start + Int64(count) { try fill() }
        return window.map { samples in
            let from = Int(clamping: start - base)
            let lower = min(max(0, from), samples.count)
            let upper = min(max(0, from + count), samples.count)
            var block = Array(repeating: Float(0), count: max(0, -from)).prefix(count) + samples[lower..<upper]
            block.append(contentsOf: repeatElement(0, count: count - block.count))
            return Array(block)
        }
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
        if owed > 0 || held != nil { return try pay() }
        switch try decoder?.receive() ?? .needsInput {
        case .piece(let frame): try feed(frame)
        case .ended:
            try resampler.flush(into: &window)
            ended = true
        case .needsInput:
            if flushed {
                try resampler.flush(into: &window)
                ended = true
            } else if demuxer.read(into: packet) {
                if packet.streamIndex == plan.streamIndex { try decode() }
            } else {
                _ = try decoder?.send(nil)
                flushed = true
            }
        }
    }

    private mutating func decode() throws {
        if decoder == nil {
            decoder = try Decoder(
                demuxer: demuxer, stream: plan.streamIndex, allowed: access.codecs, threads: 1,
                maximumPixels: access.limits.maximumPixels)
        }
        _ = try decoder?.send(packet)
    }

    private mutating func feed(_ frame: Frame) throws {
        guard frame.sampleCount > 0, frame.sampleRate > 0 else { return }
        hasDecoded = true
        guard !frame.isDiscarded else { return }
        if sourceRate != frame.sampleRate {
            fed = MediaTime.rescale(
                fed, from: Rational(1, Int64(max(1, sourceRate))), to: Rational(1, Int64(frame.sampleRate)), .nearest)
            if sourceRate == 0 { fed = 0 }
            fed += Int64(stretched.rounded())
            stretched = 0
            sourceRate = frame.sampleRate
        }
        if frame.channels > plan.channels { mixesDown = true }
        try resampler.prepare(frame, &window)
        var skip = 0
        if let time = frame.presentationTime {
            let rate = Int64(frame.sampleRate)
            let place = MediaTime.rescale(
                time - plan.origin, from: plan.sourceTimeBase, to: Rational(1, rate), .nearest)
            let slack = MediaTime.rescale(
                Self.slack.numerator, from: Rational(1, Self.slack.denominator), to: Rational(1, rate), .up)
            let gap = place - fed - Int64(stretched.rounded())
            if gap > (hasStarted ? slack : 0) {
                // No more than a day: nothing that is accepted is longer.
                owed = min(gap, rate * 86_400)
                held = frame
                hasStarted = true
                drift.settle()
                return
            } else if gap < (hasStarted ? -slack : 0) {
                skip = Int(min(-gap, Int64(frame.sampleCount)))
                drift.settle()
            } else if hasStarted {
                drift.note(distance: Double(gap) / Double(rate), seconds: Double(frame.sampleCount) / Double(rate))
            }
        }
        hasStarted = hasStarted || skip < frame.sampleCount
        if let stretch = drift.stretch { try resampler.stretch(by: stretch) }
        try resampler.convert(frame, skipping: skip, into: &window)
        fed += Int64(frame.sampleCount - skip)
        stretched += Double(frame.sampleCount - skip) * (drift.stretch ?? 0)
    }

    /// Feeds the next piece of the silence that is owed, or the sound behind it.
    private mutating func pay() throws {
        guard owed == 0 else {
            let piece = min(owed, 1 << 16)
            try resampler.insertSilence(Int(piece), into: &window)
            owed -= piece
            fed += piece
            return
        }
        guard let frame = held else { return }
        held = nil
        try resampler.convert(frame, skipping: 0, into: &window)
        fed += Int64(frame.sampleCount)
    }
}
