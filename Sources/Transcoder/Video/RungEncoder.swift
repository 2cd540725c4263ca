import AV
import DequeModule
import MediaModel

/// Encodes and muxes the frames of a range for one rung, which are scaled already unless the plan has no method of encoding.
///
/// Each rung of a task runs on its own thread.
struct RungEncoder: ~Copyable {
    private let plan: VideoPlan
    private let range: SegmentRange
    private var scaler: Scaler?
    private var encoder: VideoEncoder
    private var segments: SegmentWriter
    private let packet: Packet
    /// Presentation times of frames whose packets are not encoded yet, and of the next frame.
    private var times: Deque<Int64> = []
    /// Presentation times of the last two frames since the last key frame.
    private var recent: [Int64] = []
    private var nextKey: Int64

    /// - Throws: `AVFailure` if the encoder cannot be opened.
    init(plan: VideoPlan, range: SegmentRange, rung: Rung, scratch: Scratch, sink: @escaping EventSink) throws {
        self.plan = plan
        self.range = range
        nextKey = plan.boundaries[range.first]
        let encoder = try VideoEncoder(
            rung: rung, lookahead: plan.encoding?.lookahead(of: rung), timescale: plan.timescale,
            frameRate: plan.frameRate, bFrames: plan.bFrames, color: plan.preparation.outputColor)
        let muxer = try FragmentMuxer(video: encoder, timescale: plan.timescale, firstSegment: range.first)
        let packet = try Packet()
        scaler =
            plan.encoding == nil
            ? Scaler(width: rung.width, height: rung.height, sourceColor: plan.scaledColor) : nil
        segments = SegmentWriter(
            track: rung.name, isVideo: true, boundaries: plan.boundaries, from: range.first, muxer: muxer,
            scratch: scratch, sink: sink)
        self.encoder = encoder
        self.packet = packet
    }

    /// Processes the frames of a queue until it is closed, then writes the last segment.
    mutating func run(_ queue: BoundedQueue<TimedFrame>) throws {
        // Encodes one frame late, so that the time of the next frame is known with each packet.
        var waiting: TimedFrame?
        while let frame = queue.pop() {
            times.append(frame.time)
            if let waiting { try encode(waiting) }
            waiting = frame
        }
        if let waiting { try encode(waiting) }
        try encode(nil)
        guard !segments.isEmpty else { throw TranscodeError.nothingDecoded }
        try segments.cut()
        guard segments.segment == range.first + range.count else { throw TranscodeError.nothingDecoded }
    }

    /// Encodes a frame, and writes the packets that the encoder has finished.
    /// - Parameter frame: `nil` after the last frame: the encoder then finishes all packets.
    private mutating func encode(_ frame: TimedFrame?) throws {
        if let frame {
            let isKey = isKey(frame.time)
            try encoder.send(try scaler?.scale(frame.frame) ?? frame.frame, at: frame.time, isKey: isKey)
        } else {
            try encoder.send(nil, at: 0, isKey: false)
        }
        let end = range.first + range.count
        while case .output = try encoder.receive(into: packet) {
            guard let shown = packet.presentationTime, !times.isEmpty else { continue }
            let order = times.removeFirst()
            let next = times.first ?? plan.boundaries[end]
            if packet.isKey, segments.segment + 1 < end, shown >= plan.boundaries[segments.segment + 1] {
                try segments.cut()
            }
            // The n-th packet in decoding order gets the n-th presentation time, minus the plan's delay, as its decoding time.
            // So durations are those of the frames, and ranges are continuous for every reordering.
            guard shown - order + plan.reorderDelay >= 0 else { throw TranscodeError.reordering }
            packet.setTimes(presentation: shown, decoding: order - plan.reorderDelay, duration: max(1, next - order))
            packet.dropSideData()
            try segments.write(packet)
        }
    }

    /// Whether the frame at a time becomes a key frame.
    private mutating func isKey(_ time: Int64) -> Bool {
        // Frames are not reordered across a key frame: after a gap longer than the plan's delay a key frame is required.
        let isLate = plan.bFrames > 0 && recent.first.map { time - $0 > plan.reorderDelay } ?? false
        let isKey = time >= nextKey || isLate
        if isKey {
            nextKey = keyTime(after: time)
            recent = []
        }
        recent.append(time)
        if recent.count > 2 { recent.removeFirst() }
        return isKey
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
}
