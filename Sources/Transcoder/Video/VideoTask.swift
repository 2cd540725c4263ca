import AV
public import MediaModel

/// Decodes a range of segments once and encodes it for several rungs in parallel. Blocks.
public struct VideoTask: Sendable {
    /// The video's plan.
    public let plan: VideoPlan
    /// The segments.
    public let range: SegmentRange
    /// The names of the rungs.
    public let rungs: [String]

    /// A task.
    public init(plan: VideoPlan, range: SegmentRange, rungs: [String]) {
        self.plan = plan
        self.range = range
        self.rungs = rungs
    }

    /// Decoded frames that wait for each encoder; few, since each one needs much memory.
    private static let queueLength = 4
    /// Segments before a range that are searched for a frame to repeat.
    private static let lookBack = 8

    /// Runs the task.
    /// - Returns: The number of frames that were decoded for the range, without repeated ones.
    /// - Throws: ``TranscodeError`` or `AVFailure`; `Rejection` if no frame of the whole source can be decoded, or it
    ///   decodes to far more than it announces.
    @discardableResult
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws -> Int {
        let chosen = plan.rungs.filter { rungs.contains($0.name) }
        guard chosen.count == rungs.count, range.first + range.count < plan.boundaries.count else {
            throw TranscodeError.notInPlan("rungs \(rungs) of segments \(range.indices)")
        }
        let queues = chosen.map { _ in BoundedQueue<TimedFrame>(capacity: Self.queueLength) }
        let encoders = zip(chosen, queues).map { [plan, range] rung, queue in
            WorkerThread(rung.name) {
                defer { queue.close() }
                var encoder = try RungEncoder(plan: plan, range: range, rung: rung, scratch: scratch, sink: sink)
                try encoder.run(queue)
            }
        }
        let decoded = Result { try decode(source, into: queues, sink) }
        for queue in queues { queue.close() }
        // Encoders stop when their queue is closed; only the reader knows what is wrong with the source.
        var failure: (any Error)?
        if case .failure(let error) = decoded, error is Rejection { failure = error }
        for encoder in encoders {
            do { try encoder.join() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return try decoded.get()
    }

    /// Reads frames and sends each one, scaled, to every rung.
    private func decode(
        _ source: SourceAccess, into queues: [BoundedQueue<TimedFrame>], _ sink: @escaping EventSink
    ) throws -> Int {
        var reader = try VideoSourceReader(source, plan: plan, range: range) { sink(.progress(0)) }
        let expected = max(1, plan.frameCounts[range.indices].reduce(0, +))
        let planned = Set(plan.heldSegments.filter { range.indices.contains($0) })
        // Each segment starts where the plan says, even if the frame there is missing.
        var starts = range.indices.filter { $0 > range.first || planned.contains($0) }[...]
        var missing = false
        var decoded = 0
        var last: Frame?
        var lastTime: Int64 = -1
        let chain = plan.encoding.map { _ in ScalerChain(plan, wanted: rungs) }
        func emit(_ frame: TimedFrame) throws {
            let scaled = try chain?.scale(frame.frame) ?? queues.map { _ in frame.frame }
            for (queue, scaled) in zip(queues, scaled)
            where !queue.push(TimedFrame(frame: scaled, time: frame.time)) { throw CancellationError() }
            last = frame.frame
            lastTime = frame.time
        }
        while let next = try reader.next() {
            if last == nil { last = reader.before }
            // A late first frame is shown from the start of the segment on.
            let first = decoded == 0 && lastTime < 0
            if first, !planned.contains(range.first), next.time > plan.boundaries[range.first] {
                try emit(TimedFrame(frame: next.frame, time: plan.boundaries[range.first]))
                decoded += 1
                continue
            }
            while let segment = starts.first, plan.boundaries[segment] <= next.time {
                starts.removeFirst()
                if plan.boundaries[segment] < next.time, let held = last ?? Optional(next.frame) {
                    if !planned.contains(segment) { missing = true }
                    try emit(TimedFrame(frame: held, time: plan.boundaries[segment]))
                }
            }
            if next.time > lastTime { try emit(next) }
            decoded += 1
            if decoded % 16 == 0 { sink(.progress(min(1, Double(decoded) / Double(expected)))) }
        }
        if decoded < plan.frameCounts[range.indices].reduce(0, +) { missing = true }
        // Fills segments without frames, also at the end of a source with fewer frames than its packets announced.
        if last == nil { last = try reader.before ?? nearest(source) }
        if let held = last {
            for segment in range.indices where plan.boundaries[segment] > lastTime {
                if !planned.contains(segment) { missing = true }
                try emit(TimedFrame(frame: held, time: plan.boundaries[segment]))
            }
        }
        try rejectDamaged(source, good: reader.goodFrames, of: max(expected, reader.damagedFrames + reader.goodFrames))
        if missing { sink(.note(.framesMissing)) }
        if reader.damagedFrames > 0 { sink(.note(.damagedFrames)) }
        if reader.foundInterlacing { sink(.note(.deinterlaced)) }
        return decoded
    }

    /// The number of sampled segments, and frames of each, that decide whether a source is damaged.
    private static let samples = (segments: 8, frames: 12)

    /// Rejects a source with more than nine tenths of its frames damaged, such as encrypted video without a mark.
    ///
    /// Only this range may be damaged, so samples from the whole source decide.
    /// - Throws: `Rejection` with `undecodable`.
    private func rejectDamaged(_ source: SourceAccess, good: Int, of all: Int) throws {
        guard good * 10 < all else { return }
        var found = (good: good, all: all)
        let count = plan.boundaries.count - 1
        for segment in Set((0..<Self.samples.segments).map { count * $0 / Self.samples.segments }).sorted()
        where !range.indices.contains(segment) && plan.frameCounts[segment] > 0 {
            var reader = try VideoSourceReader(source, plan: plan, range: SegmentRange(first: segment, count: 1))
            var taken = 0
            while taken < Self.samples.frames, try reader.next() != nil { taken += 1 }
            found.good += reader.goodFrames
            found.all += max(min(Self.samples.frames, plan.frameCounts[segment]), reader.damagedFrames)
            // One intact segment is enough: the rest is shown as well as possible.
            if reader.goodFrames * 2 > Self.samples.frames { return }
        }
        guard found.good * 10 < found.all else { return }
        throw Rejection(
            .undecodable, "Nearly every frame of the file is damaged: it is encrypted, or was damaged in transit.")
    }

    /// The frame to show where no frame of the range can be decoded: the last one before it, or the first one of the source.
    /// - Throws: `Rejection` with `undecodable` if the source has none.
    private func nearest(_ source: SourceAccess) throws -> Frame {
        for segment in stride(from: range.first - 1, through: max(0, range.first - Self.lookBack), by: -1) {
            var reader = try VideoSourceReader(source, plan: plan, range: SegmentRange(first: segment, count: 1))
            var last: Frame?
            while let next = try reader.next() { last = next.frame }
            if let last { return last }
        }
        let whole = SegmentRange(first: 0, count: plan.boundaries.count - 1)
        var reader = try VideoSourceReader(source, plan: plan, range: whole)
        if let first = try reader.next() { return first.frame }
        throw Rejection(.undecodable, "No frame of the file can be decoded.")
    }
}
