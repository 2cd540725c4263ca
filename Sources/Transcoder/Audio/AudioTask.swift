import AV
public import MediaModel

/// Produces the segments of an audio rendition, range after range. Blocks.
public struct AudioTask: Sendable {
    /// The rendition's plan.
    public let plan: AudioPlan
    /// The segments to make.
    public let range: SegmentRange

    /// A task.
    public init(plan: AudioPlan, range: SegmentRange) {
        self.plan = plan
        self.range = range
    }

    /// Frames before a range that are encoded and dropped, so that the encoder has nearly the state of one continuous encode.
    /// With four or more, joins cannot be measured (docs/architecture.md).
    private static let preRoll = 4

    /// Up to so many segments are for a viewer who waits, and a track with gaps is not read from its start for them.
    private static let briefCount = 8

    /// Runs the task.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        guard range.first >= 0, range.count > 0, range.first + range.count < plan.boundaries.count else {
            throw TranscodeError.notInPlan("segments \(range.indices) of \(plan.name)")
        }
        switch plan.mode {
        case .copy: try copy(source, scratch, sink)
        case .encode(let bitsPerSecond):
            let first = Int64((plan.boundaries[range.first] - Self.preRoll) * plan.frameSamples)
            var reader = try AudioMixer(
                source, plan: plan, from: max(0, first), isExact: range.count > Self.briefCount)
            for part in plan.ranges.compactMap({ $0.clamped(to: range) }) {
                try encode(part, &reader, bitsPerSecond, scratch, sink)
            }
            if !reader.hasDecoded { sink(.note(.audioUnreadable)) }
        }
    }

    private func writer(
        from segment: Int, _ muxer: consuming FragmentMuxer, _ scratch: Scratch, _ sink: @escaping EventSink
    ) -> SegmentWriter {
        SegmentWriter(
            track: plan.name, isVideo: false, boundaries: plan.boundaries.map { Int64($0 * plan.frameSamples) },
            from: segment, muxer: muxer, scratch: scratch, sink: sink)
    }

    /// Ends the current segment and reports the progress.
    private func cut(_ segments: inout SegmentWriter, _ sink: EventSink) throws {
        try segments.cut()
        sink(.progress(Double(segments.segment - range.first) / Double(range.count)))
    }

    /// Encodes a range with a new encoder, so that its bytes depend only on the plan.
    private func encode(
        _ range: SegmentRange, _ reader: inout AudioMixer, _ bitsPerSecond: Int, _ scratch: Scratch,
        _ sink: @escaping EventSink
    ) throws {
        let size = plan.frameSamples
        let first = plan.boundaries[range.first]
        let end = plan.boundaries[range.first + range.count]
        let start = max(0, first - Self.preRoll)
        var encoder = try AudioEncoder(
            sampleRate: plan.sampleRate, channels: plan.channels, bitsPerSecond: bitsPerSecond)
        let muxer = try FragmentMuxer(audio: encoder, sampleRate: plan.sampleRate, firstSegment: range.first)
        var segments = writer(from: range.first, muxer, scratch, sink)
        let packet = try Packet()
        var block = start
        var frame = start
        while frame < end {
            // Block `n` starts with sample n·1024; the encoder returns its packet one block later.
            let samples = try reader.read(Int64(block * size), count: size)
            try encoder.send(samples, at: Int64(block - start) * Int64(size))
            block += 1
            reader.discard(before: Int64((block - Self.preRoll - 4) * size))
            while frame < end, case .output = try encoder.receive(into: packet) {
                if frame >= first {
                    if frame == plan.boundaries[segments.segment + 1] { try cut(&segments, sink) }
                    let time = Self.muxTime(frame, of: plan, firstSegment: range.first)
                    packet.setTimes(presentation: time, decoding: time, duration: Int64(size))
                    packet.dropSideData()
                    try segments.write(packet)
                }
                frame += 1
            }
        }
        try cut(&segments, sink)
    }

    /// The muxer's time of a frame.
    ///
    /// The muxer of the first range starts at a negative time, which the edit list compensates, and writes `tfdt` relative to
    /// its first frame. The muxer of a later range writes times as they are (`frag_discont`), so they are counted from the
    /// first frame too: `tfdt` is then continuous.
    static func muxTime(_ frame: Int, of plan: AudioPlan, firstSegment: Int) -> Int64 {
        Int64(frame * plan.frameSamples) - (firstSegment == 0 ? Int64(plan.priming) : 0)
    }

    private func copy(_ source: SourceAccess, _ scratch: Scratch, _ sink: @escaping EventSink) throws {
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        let muxer = try FragmentMuxer(
            copying: plan.streamIndex, of: demuxer, timescale: Int64(plan.sampleRate), firstSegment: range.first)
        var segments = writer(from: range.first, muxer, scratch, sink)
        let packet = try Packet()
        var frame = 0
        while frame < plan.boundaries[range.first + range.count], demuxer.read(into: packet) {
            guard packet.streamIndex == plan.streamIndex else { continue }
            defer { frame += 1 }
            guard frame >= plan.boundaries[range.first] else { continue }
            if frame == plan.boundaries[segments.segment + 1] { try cut(&segments, sink) }
            let time = Self.muxTime(frame, of: plan, firstSegment: range.first)
            packet.setTimes(presentation: time, decoding: time, duration: Int64(plan.frameSamples))
            packet.dropSideData()
            try segments.write(packet)
        }
        try cut(&segments, sink)
    }
}
