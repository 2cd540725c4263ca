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
        var segments = GroupCutter(
            plan: plan, reorderDelay: passthrough.reorderDelay, firstSegment: firstSegment,
            muxer: try FragmentMuxer(
                passthrough: units.with(level: UInt8(clamping: rung.level)), width: rung.width, height: rung.height,
                color: plan.preparation.outputColor,
                timescale: plan.timescale, firstSegment: firstSegment),
            writer: SegmentWriter(track: rung.name, scratch: scratch, sink: sink))
        let packet = try Packet()
        while demuxer.read(into: packet) {
            guard packet.streamIndex == plan.streamIndex, let source = packet.presentationTime else { continue }
            let time = plan.outputTicks(ofSource: source)
            guard let slices = try packet.slicesOnly(of: units) else {
                throw TranscodeError.segmentMismatch("a frame of \(rung.name) at \(time) cannot be read")
            }
            let isFirst = units.picture(packet)?.isIDR ?? false
            try segments.add(slices, at: time, startsGroup: isFirst)
        }
        try segments.finish()
    }
}

/// Distributes groups of pictures over segments.
private struct GroupCutter: ~Copyable {
    private let plan: VideoPlan
    private let reorderDelay: Int64
    private let firstSegment: Int
    private var muxer: FragmentMuxer
    private let writer: SegmentWriter
    /// The current group in decoding order, with presentation times.
    private var group: [(packet: Packet, time: Int64)] = []
    private var segment: Int
    private var isEmpty = true

    init(
        plan: VideoPlan, reorderDelay: Int64, firstSegment: Int, muxer: consuming FragmentMuxer,
        writer: SegmentWriter
    ) {
        self.plan = plan
        self.reorderDelay = reorderDelay
        self.firstSegment = firstSegment
        self.muxer = muxer
        self.writer = writer
        segment = firstSegment
    }

    mutating func add(_ packet: Packet, at time: Int64, startsGroup: Bool) throws {
        if startsGroup { try flush(until: time) }
        group.append((packet, time))
    }

    mutating func finish() throws {
        try flush(until: plan.boundaries[plan.boundaries.count - 1])
        try cut()
        guard segment == plan.boundaries.count - 1 else {
            throw TranscodeError.segmentMismatch("\(writer.track) ends in segment \(segment)")
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
        if !isEmpty, segment + 1 < plan.boundaries.count - 1, start >= plan.boundaries[segment + 1] { try cut() }
        let times = group.map(\.time).sorted() + [end]
        for (index, frame) in group.enumerated() {
            frame.packet.setTimes(
                presentation: frame.time, decoding: times[index] - reorderDelay,
                duration: max(1, times[index + 1] - times[index]))
            try muxer.write(frame.packet)
        }
        isEmpty = false
    }

    private mutating func cut() throws {
        let planned = plan.boundaries[segment + 1] - plan.boundaries[segment]
        try writer.write(try muxer.cut(), segment: segment, isVideo: true, plannedTicks: planned)
        segment += 1
        isEmpty = true
        writer.sink(.progress(Double(segment) / Double(plan.boundaries.count - 1)))
    }
}
