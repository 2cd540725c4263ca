import AV
public import MediaModel

/// Copies a source's H.264 video into the segments of a rung, range after range, without decoding. Blocks.
public struct PassthroughTask: Sendable {
    /// The video's plan.
    public let plan: VideoPlan
    /// The rung's name.
    public let rung: String
    /// The first missing segment; must be the first one of a range of the plan.
    public let firstSegment: Int

    /// A task.
    public init(plan: VideoPlan, rung: String, firstSegment: Int) {
        self.plan = plan
        self.rung = rung
        self.firstSegment = firstSegment
    }

    /// Runs the task.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        guard let rung = plan.rungs.first(where: { $0.name == rung }), let passthrough = rung.passthrough,
            plan.ranges.contains(where: { $0.first == firstSegment })
        else { throw TranscodeError.notInPlan("passthrough rung \(rung) from segment \(firstSegment)") }
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        guard let units = NALUnits(demuxer: demuxer, stream: plan.streamIndex) else {
            throw TranscodeError.notInPlan("parameter sets of \(rung.name)")
        }
        let muxer = try FragmentMuxer(
            passthrough: units.with(level: UInt8(clamping: rung.level)), width: rung.width, height: rung.height,
            color: plan.preparation.outputColor, timescale: plan.timescale, firstSegment: firstSegment)
        var groups = GroupCutter(
            plan: plan, reorderDelay: passthrough.reorderDelay, firstSegment: firstSegment,
            segments: SegmentWriter(
                track: rung.name, isVideo: true, boundaries: plan.boundaries, from: firstSegment, muxer: muxer,
                scratch: scratch, sink: sink),
            sink: sink)
        let packet = try Packet()
        while demuxer.read(into: packet) {
            guard packet.streamIndex == plan.streamIndex, let source = packet.presentationTime else { continue }
            let time = plan.outputTicks(ofSource: source)
            guard let slices = try packet.slicesOnly(of: units) else {
                throw TranscodeError.segmentMismatch("a frame of \(rung.name) at \(time) cannot be read")
            }
            let isFirst = units.picture(packet)?.isIDR ?? false
            try groups.add(slices, at: time, startsGroup: isFirst)
        }
        try groups.finish()
    }
}

/// Distributes groups of pictures over segments.
private struct GroupCutter: ~Copyable {
    private let plan: VideoPlan
    private let reorderDelay: Int64
    private let firstSegment: Int
    private var segments: SegmentWriter
    private let sink: EventSink
    /// The current group in decoding order, with presentation times.
    private var group: [(packet: Packet, time: Int64)] = []

    init(
        plan: VideoPlan, reorderDelay: Int64, firstSegment: Int, segments: consuming SegmentWriter,
        sink: @escaping EventSink
    ) {
        self.plan = plan
        self.reorderDelay = reorderDelay
        self.firstSegment = firstSegment
        self.segments = segments
        self.sink = sink
    }

    mutating func add(_ packet: Packet, at time: Int64, startsGroup: Bool) throws {
        if startsGroup { try flush(until: time) }
        group.append((packet, time))
    }

    mutating func finish() throws {
        try flush(until: plan.boundaries[plan.boundaries.count - 1])
        try cut()
        guard segments.segment == plan.boundaries.count - 1 else {
            throw TranscodeError.segmentMismatch("\(segments.track) ends in segment \(segments.segment)")
        }
    }

    /// Writes the group, which ends at `end`.
    ///
    /// As in an encoded rung, the n-th frame in decoding order gets the n-th presentation time, minus the delay, as its
    /// decoding time.
    private mutating func flush(until end: Int64) throws {
        guard let start = group.first?.time else { return }
        defer { group = [] }
        guard start >= plan.boundaries[firstSegment] else { return }
        let next = segments.segment + 1
        if !segments.isEmpty, next < plan.boundaries.count - 1, start >= plan.boundaries[next] { try cut() }
        let times = group.map(\.time).sorted() + [end]
        for (index, frame) in group.enumerated() {
            frame.packet.setTimes(
                presentation: frame.time, decoding: times[index] - reorderDelay,
                duration: max(1, times[index + 1] - times[index]))
            try segments.write(frame.packet)
        }
    }

    private mutating func cut() throws {
        try segments.cut()
        sink(.progress(Double(segments.segment) / Double(plan.boundaries.count - 1)))
    }
}
