import AV
public import MediaModel

/// Makes a run of segments for some rungs: one decode, every encode beside it. Blocks.
public struct VideoTask: Sendable {
    /// The video's plan.
    public let plan: VideoPlan
    /// The segments to make.
    public let range: SegmentRange
    /// The rungs to make, by name.
    public let rungs: [String]

    /// A task.
    public init(plan: VideoPlan, range: SegmentRange, rungs: [String]) {
        self.plan = plan
        self.range = range
        self.rungs = rungs
    }

    /// Pictures that wait in front of each encoder; few, since each is a whole decoded frame.
    private static let queueLength = 4
    /// Segments before a range that are searched for a picture to hold.
    private static let lookBack = 8

    /// Does it.
    /// - Returns: Pictures that were decoded for this range, without repeats.
    /// - Throws: ``TranscodeError`` or `AVFailure`; `Rejection` if not one picture of the whole source can be decoded, or
    ///   it decodes to far more than it announces.
    @discardableResult
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws -> Int {
        let chosen = plan.rungs.filter { rungs.contains($0.name) }
        guard chosen.count == rungs.count, range.first + range.count < plan.boundaries.count else {
            throw TranscodeError.notInPlan("rungs \(rungs) of segments \(range.indices)")
        }
        let queues = chosen.map { _ in BoundedQueue<TimedFrame>(capacity: Self.queueLength) }
        let lanes = zip(chosen, queues).map { [plan, range] rung, queue in
            Lane(rung.name) {
                do {
                    var lane = try RungEncoder(plan: plan, range: range, rung: rung, scratch: scratch, sink: sink)
                    try lane.run(queue)
                } catch {
                    queue.close()
                    throw error
                }
            }
        }
        let decoded = Result { try decode(source, into: queues, sink) }
        for queue in queues { queue.close() }
        // A lane that stops hears of it from its queue; what is wrong with the source only the reader knows.
        var failure: (any Error)?
        if case .failure(let error) = decoded, error is Rejection { failure = error }
        for lane in lanes {
            do { try lane.join() } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return try decoded.get()
    }

    /// Reads pictures and hands each to every rung.
    private func decode(
        _ source: SourceAccess, into queues: [BoundedQueue<TimedFrame>], _ sink: @escaping EventSink
    ) throws -> Int {
        var reader = try VideoSourceReader(source, plan: plan, range: range) { sink(.progress(0)) }
        let expected = max(1, plan.frameCounts[range.indices].reduce(0, +))
        let planned = Set(plan.heldSegments.filter { range.indices.contains($0) })
        // Each segment begins where the plan says, whatever became of the picture that should be there.
        var starts = range.indices.filter { $0 > range.first || planned.contains($0) }[...]
        var missing = false
        var decoded = 0
        var last: Frame?
        var lastTime: Int64 = -1
        func emit(_ picture: TimedFrame) throws {
            for queue in queues where !queue.push(picture) { throw CancellationError() }
            last = picture.frame
            lastTime = picture.time
        }
        while let picture = try reader.next() {
            if last == nil { last = reader.before }
            // A segment may only begin where the plan says, so a picture that is late is shown from its start on.
            let first = decoded == 0 && lastTime < 0
            if first, !planned.contains(range.first), picture.time > plan.boundaries[range.first] {
                try emit(TimedFrame(frame: picture.frame, time: plan.boundaries[range.first]))
                decoded += 1
                continue
            }
            while let segment = starts.first, plan.boundaries[segment] <= picture.time {
                starts.removeFirst()
                if plan.boundaries[segment] < picture.time, let held = last ?? Optional(picture.frame) {
                    if !planned.contains(segment) { missing = true }
                    try emit(TimedFrame(frame: held, time: plan.boundaries[segment]))
                }
            }
            if picture.time > lastTime { try emit(picture) }
            decoded += 1
            if decoded % 16 == 0 { sink(.progress(min(1, Double(decoded) / Double(expected)))) }
        }
        if decoded < plan.frameCounts[range.indices].reduce(0, +) { missing = true }
        // Segments that are all repeat; and a source that has less than its packets promised is filled up honestly.
        if last == nil { last = try reader.before ?? nearest(source) }
        if let held = last {
            for segment in range.indices where plan.boundaries[segment] > lastTime {
                if !planned.contains(segment) { missing = true }
                try emit(TimedFrame(frame: held, time: plan.boundaries[segment]))
            }
        }
        try refuseNoise(source, good: reader.goodFrames, of: max(expected, reader.damagedFrames + reader.goodFrames))
        if missing { sink(.note("frames_missing")) }
        if reader.damagedFrames > 0 { sink(.note("damaged_frames")) }
        if reader.foundFields { sink(.note("deinterlaced")) }
        return decoded
    }

    /// Segments that are looked at, and pictures of each, before a source counts as noise.
    private static let samples = (segments: 8, pictures: 12)

    /// Refuses a source of which nearly every picture is damaged, as one that is encrypted and does not say so: where this
    /// range is, others may be well, so some pictures from all over the source decide.
    /// - Throws: `Rejection` with `undecodable`.
    private func refuseNoise(_ source: SourceAccess, good: Int, of all: Int) throws {
        guard good * 10 < all else { return }
        var found = (good: good, all: all)
        let count = plan.boundaries.count - 1
        for segment in Set((0..<Self.samples.segments).map { count * $0 / Self.samples.segments }).sorted()
        where !range.indices.contains(segment) && plan.frameCounts[segment] > 0 {
            var reader = try VideoSourceReader(source, plan: plan, range: SegmentRange(first: segment, count: 1))
            var taken = 0
            while taken < Self.samples.pictures, try reader.next() != nil { taken += 1 }
            found.good += reader.goodFrames
            found.all += max(min(Self.samples.pictures, plan.frameCounts[segment]), reader.damagedFrames)
            // One sound place is enough: the rest is shown as well as it can be.
            if reader.goodFrames * 2 > Self.samples.pictures { return }
        }
        guard found.good * 10 < found.all else { return }
        throw Rejection(
            .undecodable, "Nearly every picture of the file is damaged: it is encrypted, or was damaged on its way.")
    }

    /// A picture to show where nothing of the range can be decoded: the last one before it, as a player would hold it, or
    /// the first one that the source has.
    /// - Throws: `Rejection` with `undecodable` if it has none.
    private func nearest(_ source: SourceAccess) throws -> Frame {
        for segment in stride(from: range.first - 1, through: max(0, range.first - Self.lookBack), by: -1) {
            var reader = try VideoSourceReader(source, plan: plan, range: SegmentRange(first: segment, count: 1))
            var last: Frame?
            while let picture = try reader.next() { last = picture.frame }
            if let last { return last }
        }
        let whole = SegmentRange(first: 0, count: plan.boundaries.count - 1)
        var reader = try VideoSourceReader(source, plan: plan, range: whole)
        if let first = try reader.next() { return first.frame }
        throw Rejection(.undecodable, "Not one picture of the file can be decoded.")
    }
}
