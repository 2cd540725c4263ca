import AV
public import MediaModel

/// Makes the segments of one audio rendition, range after range. Blocks.
public struct AudioTask: Sendable {
    /// The rendition's plan.
    public let plan: AudioPlan
    /// The first segment that does not exist yet; must be the first of one of the plan's ranges.
    public let firstSegment: Int

    /// A task.
    public init(plan: AudioPlan, firstSegment: Int) {
        self.plan = plan
        self.firstSegment = firstSegment
    }

    /// Frames that are encoded in front of a range and dropped, for the encoder to be in the state it would be in had it
    /// encoded all before: from four on the join cannot be measured (docs/architecture.md).
    private static let preRoll = 4

    /// What is noted where not one sample could be decoded, and the rendition is silence.
    public static let unreadableNote = "sound_unreadable"

    /// Does it.
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
        if !reader.hasDecoded { writer.sink(.note(Self.unreadableNote)) }
    }

    /// Encodes one range with an encoder of its own, so that its bytes depend on nothing but the plan.
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
            // Block `n` holds samples n·1024…; the encoder's packet for it comes one block late (its delay).
            let samples = try reader.read(Int64(block * size), count: size)
            try encoder.send(samples, at: Int64(block - start) * Int64(size))
            block += 1
            reader.forget(before: Int64((block - Self.preRoll - 4) * size))
            while frame < end, case .piece = try encoder.receive(into: packet) {
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

    /// The time that a frame is handed to the muxer with.
    ///
    /// From the first range on the muxer counts from the first frame, and the edit list takes the priming back. A later
    /// range's muxer knows nothing of that first frame and counts from 0 (`frag_discont`), so its times are counted from
    /// the first frame as well: `tfdt` then goes on where it stopped.
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
