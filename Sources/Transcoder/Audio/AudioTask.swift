import AV
public import MediaModel

/// Produces the segments of an audio rendition, range after range. Blocks.
public struct AudioTask: Sendable {
    /// The rendition's plan.
    public let plan: AudioPlan
    /// The first missing segment; must be the first one of a range of the plan.
    public let firstSegment: Int

    /// A task.
    public init(plan: AudioPlan, firstSegment: Int) {
        self.plan = plan
        self.firstSegment = firstSegment
    }

    /// Frames before a range that are encoded and dropped, so that the encoder has nearly the state of one continuous encode.
    /// With four or more, joins cannot be measured (docs/architecture.md).
    private static let preRoll = 4

    /// Runs the task.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        guard plan.ranges.contains(where: { $0.first == firstSegment }) else {
            throw TranscodeError.notInPlan("range of \(plan.name) from segment \(firstSegment)")
        }
        let writer = SegmentWriter(track: plan.name, scratch: scratch, sink: sink)
        switch plan.mode {
        case .copy: try copy(source, writer)
        case .encode(let bitsPerSecond): try encode(source, writer, bitsPerSecond)
        }
    }

    private func ticks(_ segment: Int) -> Int64 {
        Int64((plan.boundaries[segment + 1] - plan.boundaries[segment]) * plan.frameSamples)
    }

    private func report(_ segment: Int, _ writer: SegmentWriter) {
        writer.sink(.progress(Double(segment + 1) / Double(plan.boundaries.count - 1)))
    }

    // MARK: Encode

    private func encode(_ source: SourceAccess, _ writer: SegmentWriter, _ bitsPerSecond: Int) throws {
        var reader = try AudioMixer(source, plan: plan)
        for range in plan.ranges where range.first >= firstSegment {
            try encode(range, &reader, writer, bitsPerSecond)
        }
        if !reader.hasDecoded { writer.sink(.note(.audioUnreadable)) }
    }

    /// Encodes a range with a new encoder, so that its bytes depend only on the plan.
    private func encode(
        _ range: SegmentRange, _ reader: inout AudioMixer, _ writer: SegmentWriter, _ bitsPerSecond: Int
    ) throws {
        let size = plan.frameSamples
        let first = plan.boundaries[range.first]
        let end = plan.boundaries[range.first + range.count]
        let start = max(0, first - Self.preRoll)
        var encoder = try AudioEncoder(
            sampleRate: plan.sampleRate, channels: plan.channels, bitsPerSecond: bitsPerSecond)
        var muxer = try FragmentMuxer(audio: encoder, sampleRate: plan.sampleRate, firstSegment: range.first)
        let packet = try Packet()
        var segment = range.first
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
                    if frame == plan.boundaries[segment + 1] {
                        try writer.write(
                            try muxer.cut(), segment: segment, isVideo: false, plannedTicks: ticks(segment))
                        report(segment, writer)
                        segment += 1
                    }
                    let time = Self.muxTime(frame, of: plan, firstSegment: range.first)
                    packet.setTimes(presentation: time, decoding: time, duration: Int64(size))
                    packet.dropSideData()
                    try muxer.write(packet)
                }
                frame += 1
            }
        }
        try writer.write(try muxer.cut(), segment: segment, isVideo: false, plannedTicks: ticks(segment))
        report(segment, writer)
    }

    /// The muxer's time of a frame.
    ///
    /// The muxer of the first range starts at a negative time, which the edit list compensates, and writes `tfdt` relative to
    /// its first frame. The muxer of a later range writes times as they are (`frag_discont`), so they are counted from the
    /// first frame too: `tfdt` is then continuous.
    static func muxTime(_ frame: Int, of plan: AudioPlan, firstSegment: Int) -> Int64 {
        Int64(frame * plan.frameSamples) - (firstSegment == 0 ? Int64(plan.priming) : 0)
    }

    // MARK: Copy

    private func copy(_ source: SourceAccess, _ writer: SegmentWriter) throws {
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        var muxer = try FragmentMuxer(
            copying: plan.streamIndex, of: demuxer, timescale: Int64(plan.sampleRate), firstSegment: firstSegment)
        let packet = try Packet()
        var frame = 0
        var segment = firstSegment
        while frame < plan.boundaries[plan.boundaries.count - 1], demuxer.read(into: packet) {
            guard packet.streamIndex == plan.streamIndex else { continue }
            defer { frame += 1 }
            guard frame >= plan.boundaries[firstSegment] else { continue }
            if frame == plan.boundaries[segment + 1] {
                try writer.write(try muxer.cut(), segment: segment, isVideo: false, plannedTicks: ticks(segment))
                report(segment, writer)
                segment += 1
            }
            let time = Self.muxTime(frame, of: plan, firstSegment: firstSegment)
            packet.setTimes(presentation: time, decoding: time, duration: Int64(plan.frameSamples))
            packet.dropSideData()
            try muxer.write(packet)
        }
        try writer.write(try muxer.cut(), segment: segment, isVideo: false, plannedTicks: ticks(segment))
        report(segment, writer)
    }
}
