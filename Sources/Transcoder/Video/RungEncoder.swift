import AV
import DequeModule
import MediaModel

/// Scales, encodes and muxes the frames of a range for one rung.
///
/// Each rung of a task runs on its own thread and receives the same decoded frames.
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
    /// Presentation times of frames whose packets are not encoded yet, and of the next frame.
    private var times: Deque<Int64> = []
    private var waiting: TimedFrame?
    /// Presentation times of the last two frames since the last key frame.
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
        // Tone mapping outputs limited range.
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

    /// Processes the frames of a queue until it is closed, then writes the last segment.
    mutating func run(_ queue: BoundedQueue<TimedFrame>) throws {
        defer { queue.close() }
        while let frame = queue.pop() { try add(frame) }
        try finish()
    }

    private mutating func add(_ frame: TimedFrame) throws {
        times.append(frame.time)
        // Encodes one frame late, so that the time of the next frame is known with each packet.
        if let previous = waiting { try encode(previous) }
        waiting = frame
    }

    private mutating func encode(_ frame: TimedFrame) throws {
        // Frames are not reordered across a key frame: after a gap longer than the plan's delay a key frame is required.
        let isLate = plan.bFrames > 0 && recent.first.map { frame.time - $0 > plan.reorderDelay } ?? false
        let isKey = frame.time >= nextKey || isLate
        if isKey {
            nextKey = keyTime(after: frame.time)
            recent = []
        }
        recent.append(frame.time)
        if recent.count > 2 { recent.removeFirst() }
        let scaled = try scaler.scale(frame.frame)
        try encoder.send(scaled, at: frame.time, isKey: isKey)
        try drain()
    }

    /// The time of the next key frame: within the segment, or at the start of the next one.
    private func keyTime(after time: Int64) -> Int64 {
        var index = range.first
        while index + 1 < plan.boundaries.count - 1, plan.boundaries[index + 1] <= time { index += 1 }
        let end = plan.boundaries[index + 1]
        let inside = time - plan.boundaries[index] >= 0 ? time + plan.keyFrameSpacing : end
        // A key frame shortly before the segment's end would waste bits.
        return inside + plan.timescale / 2 > end ? end : inside
    }

    private mutating func drain() throws {
        while case .output = try encoder.receive(into: packet) {
            guard let shown = packet.presentationTime, !times.isEmpty else { continue }
            let order = times.removeFirst()
            let next = times.first ?? plan.boundaries[range.first + range.count]
            if packet.isKey, segment + 1 < range.first + range.count, shown >= plan.boundaries[segment + 1] {
                try cut()
            }
            // The n-th packet in decoding order gets the n-th presentation time, minus the plan's delay, as its decoding time.
            // So durations are those of the frames, and ranges are continuous for every reordering.
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
