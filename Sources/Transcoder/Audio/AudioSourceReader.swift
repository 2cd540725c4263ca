import AV
import MediaModel

/// Reads a source's audio as samples counted from output time 0, with the plan's rate and channels.
///
/// Sample `n` does not depend on the range that reads it: the source is read from its start, or from a frame whose place is
/// known to the sample (``AudioEntry``). Fills gaps of more than 40 ms with silence, cuts overlaps, stretches slow drift, and
/// leaves out what lies before output time 0.
struct AudioSourceReader: ~Copyable {
    private let plan: AudioPlan
    private var demuxer: Demuxer
    /// Opened with the first packet, since a stream may start late.
    private var decoder: Decoder?
    private let access: SourceAccess
    private var resampler: Resampler
    private let packet: Packet
    /// Source samples that were converted so far, including silence, counted from output time 0.
    private var fed: Int64 = 0
    private var sourceRate = 0
    private var hasStarted = false
    private var flushed = false
    /// Silence before `pending` in source samples. It is inserted in small blocks while it is read: a small file may contain a
    /// gap of hours.
    private var pendingSilence: Int64 = 0
    /// The frame after the pending silence.
    private var pending: Frame?
    private var window: SampleWindow
    private var ended = false
    /// Whether any sample was decoded so far.
    private(set) var hasDecoded = false
    /// Whether a frame with more channels than the output was mixed down so far.
    private(set) var mixesDown = false
    private var drift = DriftControl()
    /// How the place of the first frame is found after a seek; `nil` where it is known.
    private var entry: AudioEntry?
    /// Source samples that stretching has added.
    private var stretched = 0.0

    /// Smaller deviations of times are rounding errors of the container and not gaps, in seconds.
    private static let slack = Rational(4, 100)

    /// A reader.
    /// - Parameters:
    ///   - sample: The first sample that is read.
    ///   - isExact: Whether a track with gaps is read from its start.
    init(_ source: SourceAccess, plan: AudioPlan, from sample: Int64 = 0, isExact: Bool = true) throws {
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let packet = try Packet()
        entry = AudioEntry(plan, wanted: sample, isExact: isExact, seeking: &demuxer, packet)
        if sample > 0, entry == nil { demuxer = try source.open(plan.streamIndex, plan.timestampShifts) }
        self.plan = plan
        self.demuxer = demuxer
        access = source
        self.packet = packet
        resampler = Resampler(sampleRate: plan.sampleRate, channels: plan.channels)
        window = SampleWindow(channelCount: plan.channels)
    }

    /// Samples `start ..< start + count`, one array a channel; silence where the source has none.
    /// - Parameter start: Not before a sample that ``discard(before:)`` discarded.
    mutating func read(_ start: Int64, count: Int) throws -> [[Float]] {
        while !ended, window.end < start + Int64(count) { try fill() }
        return window.channels.map { samples in
            let from = Int(clamping: start - window.start)
            let lower = min(max(0, from), samples.count)
            let upper = min(max(0, from + count), samples.count)
            var block = Array(repeating: Float(0), count: max(0, -from)).prefix(count) + samples[lower..<upper]
            block.append(contentsOf: repeatElement(0, count: count - block.count))
            return Array(block)
        }
    }

    /// Discards samples before a number; they cannot be read any more.
    mutating func discard(before sample: Int64) { window.discard(before: sample) }

    private mutating func fill() throws {
        if pending != nil { return try convertPending() }
        switch try decoder?.receive() ?? .needsInput {
        case .output(let frame): try feed(frame)
        case .ended:
            try resampler.flush(into: &window.channels)
            ended = true
        case .needsInput:
            if flushed {
                try resampler.flush(into: &window.channels)
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
        if let entry { return try enter(with: frame, at: entry) }
        if sourceRate != frame.sampleRate {
            fed = MediaTime.rescale(
                fed, from: Rational(1, Int64(max(1, sourceRate))), to: Rational(1, Int64(frame.sampleRate)), .nearest)
            if sourceRate == 0 { fed = 0 }
            fed += Int64(stretched.rounded())
            stretched = 0
            sourceRate = frame.sampleRate
        }
        if frame.channels > plan.channels { mixesDown = true }
        try resampler.prepare(frame, &window.channels)
        var skip = 0
        if let time = frame.presentationTime {
            let rate = Int64(frame.sampleRate)
            let place = MediaTime.rescale(
                time - plan.origin, from: plan.sourceTimeBase, to: Rational(1, rate), .nearest)
            let slack = MediaTime.rescale(
                Self.slack.numerator, from: Rational(1, Self.slack.denominator), to: Rational(1, rate), .up)
            let gap = place - fed - Int64(stretched.rounded())
            if gap > (hasStarted ? slack : 0) {
                // At most a day: no accepted source is longer.
                pendingSilence = min(gap, rate * 86_400)
                pending = frame
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
        try resampler.convert(frame, skipping: skip, into: &window.channels)
        fed += Int64(frame.sampleCount - skip)
        stretched += Double(frame.sampleCount - skip) * (drift.stretch ?? 0)
    }

    /// Begins with the first frame after a seek, or reads from the start if its place is not known to the sample.
    private mutating func enter(with frame: Frame, at entry: AudioEntry) throws {
        self.entry = nil
        guard let place = entry.place(of: frame) else {
            demuxer = try access.open(plan.streamIndex, plan.timestampShifts)
            decoder = nil
            return
        }
        sourceRate = frame.sampleRate
        hasStarted = true
        if frame.channels > plan.channels { mixesDown = true }
        window = SampleWindow(channelCount: plan.channels, from: place.output)
        try resampler.prepare(frame, &window.channels)
        try resampler.convert(frame, skipping: place.skipped, into: &window.channels)
        fed = place.source + Int64(frame.sampleCount)
    }

    /// Inserts the next block of pending silence, or converts the frame after it.
    private mutating func convertPending() throws {
        guard pendingSilence == 0 else {
            let count = min(pendingSilence, 1 << 16)
            try resampler.insertSilence(Int(count), into: &window.channels)
            pendingSilence -= count
            fed += count
            return
        }
        guard let frame = pending else { return }
        pending = nil
        try resampler.convert(frame, skipping: 0, into: &window.channels)
        fed += Int64(frame.sampleCount)
    }
}
