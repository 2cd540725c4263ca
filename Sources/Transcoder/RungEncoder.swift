import AV
import MediaModel

/// One rung of a range: scales, encodes and packages the pictures that it is given.
///
/// Runs on a thread of its own, beside the other rungs of the same decode.
struct RungEncoder: ~Copyable {
    private let plan: VideoPlan
    private let range: SegmentRange
    private let rung: Rung
    private let scratch: Scratch
    private let sink: EventSink
    private var scaler: Scaler
    private var encoder: VideoEncoder
    private var muxer: FragmentMuxer
    private let packet: Packet
    /// Times of pictures that were sent and whose packet has not come, and of the one that comes next.
    private var times: [Int64] = []
    private var waiting: TimedFrame?
    /// Times of the last two pictures that were encoded since the last key frame.
    private var recent: [Int64] = []
    private var segment: Int
    private var framesInSegment = 0
    private var nextKey: Int64

    /// - Throws: `AVFailure` if the encoder cannot be opened.
    init(plan: VideoPlan, range: SegmentRange, rung: Rung, scratch: Scratch, sink: @escaping EventSink) throws {
        self.plan = plan
        self.range = range
        self.rung = rung
        self.scratch = scratch
        self.sink = sink
        segment = range.first
        nextKey = plan.boundaries[range.first]
        var color = plan.preparation.outputColor
        // A tone-mapped picture leaves its chain in limited range already.
        color.fullRange = plan.preparation.toneMap ? false : plan.preparation.sourceColor.fullRange
        let encoder = try VideoEncoder(
            rung: rung, timescale: plan.timescale, frameRate: plan.frameRate, bFrames: plan.bFrames,
            color: plan.preparation.outputColor)
        let muxer = try FragmentMuxer(video: encoder, timescale: plan.timescale, firstSegment: range.first)
        let packet = try Packet()
        scaler = Scaler(width: rung.width, height: rung.height, sourceColor: color)
        self.encoder = encoder
        self.muxer = muxer
        self.packet = packet
    }

    /// Works through a queue until it is closed, then writes the last segment.
    mutating func run(_ queue: BoundedQueue<TimedFrame>) throws {
        defer { queue.close() }
        while let picture = queue.pop() { try add(picture) }
        try finish()
    }

    private mutating func add(_ picture: TimedFrame) throws {
        times.append(picture.time)
        // One picture behind, so that the time after each is known when its packet comes.
        if let previous = waiting { try encode(previous) }
        waiting = picture
    }

    private mutating func encode(_ picture: TimedFrame) throws {
        // Nothing is reordered across a key frame, so behind a pause longer than the plan's delay there has to be one.
        let isLate = plan.bFrames > 0 && recent.first.map { picture.time - $0 > plan.reorderDelay } ?? false
        let isKey = picture.time >= nextKey || isLate
        if isKey {
            nextKey = keyTime(after: picture.time)
            recent = []
        }
        recent.append(picture.time)
        if recent.count > 2 { recent.removeFirst() }
        let scaled = try scaler.scale(picture.frame)
        try encoder.send(scaled, at: picture.time, isKey: isKey)
        try drain()
    }

    /// The next time at which a picture has to be a key frame: inside the segment, or at the start of the next one.
    private func keyTime(after time: Int64) -> Int64 {
        var index = range.first
        while index + 1 < plan.boundaries.count - 1, plan.boundaries[index + 1] <= time { index += 1 }
        let end = plan.boundaries[index + 1]
        let inside = time - plan.boundaries[index] >= 0 ? time + plan.keyFrameSpacing : end
        // A key frame just before the segment's end would be bits for nothing.
        return inside + plan.timescale / 2 > end ? end : inside
    }

    private mutating func drain() throws {
        while case .piece = try encoder.receive(into: packet) {
            guard let shown = packet.presentationTime, !times.isEmpty else { continue }
            let order = times.removeFirst()
            let next = times.first ?? plan.boundaries[range.first + range.count]
            if packet.isKey, segment + 1 < range.first + range.count, shown >= plan.boundaries[segment + 1] {
                try cut()
            }
            // The n-th packet in decoding order is decoded at the n-th time of showing, less the plan's delay: so
            // durations are those of the pictures, and ranges join whatever their first frames look like.
            guard shown - order + plan.reorderDelay >= 0 else { throw TranscodeError.reordering }
            packet.setTimes(presentation: shown, decoding: order - plan.reorderDelay, duration: max(1, next - order))
            packet.dropSideData()
            try muxer.write(packet)
            framesInSegment += 1
        }
    }

    private mutating func cut() throws {
        let planned = plan.boundaries[segment + 1] - plan.boundaries[segment]
        try SegmentWriter(track: rung.name, scratch: scratch, sink: sink)
            .write(try muxer.cut(), segment: segment, isVideo: true, plannedTicks: planned)
        segment += 1
        framesInSegment = 0
    }

    private mutating func finish() throws {
        if let last = waiting { try encode(last) }
        waiting = nil
        try encoder.send(nil, at: 0, isKey: false)
        try drain()
        guard framesInSegment > 0 else { throw TranscodeError.nothingDecoded }
        try cut()
        guard segment == range.first + range.count else { throw TranscodeError.nothingDecoded }
    }
}
