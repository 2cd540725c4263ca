import AV
public import MediaModel

/// Copies a source's H.264 video into the segments of a rung, range after range, without decoding. Blocks.
public struct PassthroughTask: Sendable {
    /// The video's plan.
    public let plan: VideoPlan
    /// The rung's name.
    public let rung: String
    /// The segments to make.
    public let range: SegmentRange

    /// A task.
    public init(plan: VideoPlan, rung: String, range: SegmentRange) {
        self.plan = plan
        self.rung = rung
        self.range = range
    }

    /// Runs the task.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        guard let rung = plan.rungs.first(where: { $0.name == rung }), let passthrough = rung.passthrough,
            range.first >= 0, range.count > 0, range.first + range.count < plan.boundaries.count
        else { throw TranscodeError.notInPlan("passthrough rung \(rung), segments \(range.indices)") }
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        guard let units = NALUnits(demuxer: demuxer, stream: plan.streamIndex) else {
            throw TranscodeError.notInPlan("parameter sets of \(rung.name)")
        }
        let muxer = try FragmentMuxer(
            passthrough: units.with(level: UInt8(clamping: rung.level)), width: rung.width, height: rung.height,
            color: plan.preparation.outputColor, timescale: plan.timescale, firstSegment: range.first)
        var groups = GroupCutter(
            plan: plan, reorderDelay: passthrough.reorderDelay, range: range,
            segments: SegmentWriter(
                track: rung.name, isVideo: true, boundaries: plan.boundaries, from: range.first, muxer: muxer,
                scratch: scratch, sink: sink),
            sink: sink)
        let packet = try Packet()
        var hasPacket = range.first > 0 && demuxer.seek(toKeyFrameOf: plan, before: range.first, reading: packet)
        if range.first > 0, !hasPacket { demuxer = try source.open(plan.streamIndex, plan.timestampShifts) }
        while !groups.isComplete, hasPacket || demuxer.read(into: packet) {
            hasPacket = false
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
    private let range: SegmentRange
    private var segments: SegmentWriter
    private let sink: EventSink
    /// The current group in decoding order, with presentation times.
    private var group: [(packet: Packet, time: Int64)] = []
    /// Whether a group behind the range has begun.
    private(set) var isComplete = false

    /// The segment after the range.
    private var end: Int { range.first + range.count }

    init(
        plan: VideoPlan, reorderDelay: Int64, range: SegmentRange, segments: consuming SegmentWriter,
        sink: @escaping EventSink
    ) {
        self.plan = plan
        self.reorderDelay = reorderDelay
        self.range = range
        self.segments = segments
        self.sink = sink
    }

    mutating func add(_ packet: Packet, at time: Int64, startsGroup: Bool) throws {
        if startsGroup { try flush(until: time) }
        isComplete = startsGroup && end < plan.boundaries.count - 1 && time >= plan.boundaries[end]
        if !isComplete { group.append((packet, time)) }
    }

    mutating func finish() throws {
        try flush(until: plan.boundaries[end])
        try cut()
        guard segments.segment == end else {
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
        guard start >= plan.boundaries[range.first] else { return }
        let next = segments.segment + 1
        if !segments.isEmpty, next < self.end, start >= plan.boundaries[next] { try cut() }
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
        sink(.progress(Double(segments.segment - range.first) / Double(range.count)))
    }
}
