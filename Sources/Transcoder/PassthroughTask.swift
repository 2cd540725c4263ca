import AV
public import MediaModel

/// Cuts a source's own pictures into the segments of a rung, range after range. Decodes nothing. Blocks.
public struct PassthroughTask: Sendable {
    /// The video's plan.
    public let plan: VideoPlan
    /// The rung's name.
    public let rung: String
    /// The first segment that does not exist yet; must be the first of one of the plan's ranges.
    public let firstSegment: Int

    /// A task.
    public init(plan: VideoPlan, rung: String, firstSegment: Int) {
        self.plan = plan
        self.rung = rung
        self.firstSegment = firstSegment
    }

    /// Does it.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        guard let rung = plan.rungs.first(where: { $0.name == rung }), let kept = rung.kept,
            plan.ranges.contains(where: { $0.first == firstSegment })
        else { throw TranscodeError.notInPlan("\(rung) to keep from segment \(firstSegment)") }
        var demuxer = try source.open(plan.streamIndex, plan.timestampShifts)
        guard let units = NALUnits(demuxer: demuxer, stream: plan.streamIndex) else {
            throw TranscodeError.notInPlan("parameter sets of \(rung.name)")
        }
        var cut = Cut(
            plan: plan, kept: kept, firstSegment: firstSegment,
            muxer: try FragmentMuxer(
                keeping: units.saying(level: UInt8(clamping: rung.level)), width: rung.width, height: rung.height,
                color: plan.preparation.outputColor,
                timescale: plan.timescale, firstSegment: firstSegment),
            writer: SegmentWriter(track: rung.name, scratch: scratch, sink: sink))
        let packet = try Packet()
        while demuxer.read(into: packet) {
            guard packet.streamIndex == plan.streamIndex, let source = packet.presentationTime else { continue }
            let time = plan.outputTicks(ofSource: source)
            guard let picture = try packet.keepingSlices(of: units) else {
                throw TranscodeError.segmentMismatch("a picture of \(rung.name) at \(time) cannot be read")
            }
            let isFirst = units.picture(packet)?.isIDR ?? false
            try cut.add(picture, at: time, beginsGroup: isFirst)
        }
        try cut.finish()
    }
}

/// Puts groups of pictures into segments.
private struct Cut: ~Copyable {
    let plan: VideoPlan
    let kept: PassthroughVideo
    let firstSegment: Int
    var muxer: FragmentMuxer
    let writer: SegmentWriter
    /// The group that is being read, in decoding order, with times of showing.
    private var group: [(packet: Packet, time: Int64)] = []
    private var segment: Int
    private var isEmpty = true

    init(
        plan: VideoPlan, kept: PassthroughVideo, firstSegment: Int, muxer: consuming FragmentMuxer,
        writer: SegmentWriter
    ) {
        self.plan = plan
        self.kept = kept
        self.firstSegment = firstSegment
        self.muxer = muxer
        self.writer = writer
        segment = firstSegment
    }

    mutating func add(_ packet: Packet, at time: Int64, beginsGroup: Bool) throws {
        if beginsGroup { try flush(until: time) }
        group.append((packet, time))
    }

    mutating func finish() throws {
        try flush(until: plan.boundaries[plan.boundaries.count - 1])
        try cut()
        guard segment == plan.boundaries.count - 1 else {
            throw TranscodeError.segmentMismatch("\(writer.track) ends in segment \(segment)")
        }
    }

    /// Writes the group that has ended.
    ///
    /// As in an encoded rung the n-th picture in decoding order is decoded at the n-th time of showing, less the delay.
    private mutating func flush(until end: Int64) throws {
        guard let start = group.first?.time else { return }
        defer { group = [] }
        guard start >= plan.boundaries[firstSegment] else { return }
        if !isEmpty, segment + 1 < plan.boundaries.count - 1, start >= plan.boundaries[segment + 1] { try cut() }
        let times = group.map(\.time).sorted() + [end]
        for (index, picture) in group.enumerated() {
            picture.packet.setTimes(
                presentation: picture.time, decoding: times[index] - kept.reorderDelay,
                duration: max(1, times[index + 1] - times[index]))
            try muxer.write(picture.packet)
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
