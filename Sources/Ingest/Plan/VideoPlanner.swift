import AV
import MediaModel

/// Plans the video of a source, and the grid of segments that all tracks share.
struct VideoPlanner {
    private let settings: Planner
    private let track: PlannedSource.Video
    private let source: PlannedSource

    /// Lines of the highest rung that is quick to encode and good enough to start with.
    private static let startupLines = 360

    init(_ settings: Planner, track: PlannedSource.Video, of source: PlannedSource) {
        self.settings = settings
        self.track = track
        self.source = source
    }

    /// The video part of the plan, and the grid.
    /// - Parameter unneeded: The names of rungs that are not encoded.
    func plan(leavingOut unneeded: Set<String>) -> (plan: VideoPlan, grid: SegmentGrid) {
        let base = track.stream.timeBase
        let timescale = Self.timescale(for: base)
        var plan = VideoPlan(
            streamIndex: track.stream.index, sourceTimeBase: base,
            // Rounded down, so that no frame comes before 0.
            origin: source.origin.ticks(of: base, .down), firstFrame: track.times[0],
            timescale: timescale, boundaries: [], heldSegments: [], frameCounts: [], entryPoints: [], reorderDelay: 0,
            bFrames: 3, keyFrameSpacing: 2 * timescale, frameRate: track.frameRate,
            preparation: VideoPlan.Preparation(track.stream), rungs: rungs(), startupRung: "", ranges: [])
        plan.encoding = .longLookahead
        plan.timestampShifts = source.shifts[track.stream.index]
        if track.decodesFromStart { plan.decodesFromStart = true }

        let frames = Self.rising(track.times.map { plan.outputTicks(ofSource: $0) })
        let end = end(plan, frames)
        let grid: SegmentGrid
        switch PassthroughDecision(
            for: track, plan: plan, frames: frames, end: end, targetSeconds: settings.targetSeconds,
            isAllowed: settings.allowsPassthrough)
        {
        case .passthrough(let keyGrid, let rung):
            plan.rungs[plan.rungs.count - 1] = rung
            grid = keyGrid
        case .encode(let reasons):
            plan.encodeReasons = reasons
            grid = SegmentGrid(
                frames: frames, timescale: timescale, end: end, targetSeconds: settings.targetSeconds)
        }
        leaveOut(unneeded, of: &plan)
        plan.boundaries = grid.boundaries
        plan.heldSegments = grid.held
        plan.frameCounts = Self.count(frames, in: grid)
        plan.entryPoints = entryPoints(plan, grid)
        (plan.bFrames, plan.reorderDelay) = Self.reordering(frames, grid, interlaced: plan.preparation.deinterlace)
        plan.startupRung = (plan.rungs.last { $0.lines <= Self.startupLines } ?? plan.rungs.first)?.name ?? ""
        plan.ranges = ranges(Self.leads(plan), grid)
        return (plan, grid)
    }

    /// Ticks a second in which every source time is a whole number, where that is possible.
    static func timescale(for base: Rational) -> Int64 {
        guard base.denominator <= 1_000_000 else { return 90_000 }
        var timescale = base.denominator
        // As `libavformat` does for MP4: a coarse clock is doubled until its rounding does not matter to players.
        while timescale < 10_000 { timescale *= 2 }
        return timescale
    }

    /// The end of the last frame; later if the audio goes on for longer than a frame.
    private func end(_ plan: VideoPlan, _ frames: [Int64]) -> Int64 {
        let tick = Rational(1, plan.timescale)
        let own = max(
            MediaTime.rescale(track.end - plan.origin, from: plan.sourceTimeBase, to: tick, .nearest),
            (frames.last ?? 0) + 1)
        guard let audioEnd = source.audioEnd else { return own }
        let audioTicks = (audioEnd - source.origin).ticks(of: tick, .nearest)
        let frame = max(1, own - (frames.last ?? 0))
        return audioTicks - own > frame ? audioTicks : own
    }

    /// Removes rungs that are not needed. The highest one that is left gets the threads of the highest one.
    private func leaveOut(_ unneeded: Set<String>, of plan: inout VideoPlan) {
        let threads = plan.rungs.last?.threads
        plan.rungs.removeAll { unneeded.contains($0.name) && $0.passthrough == nil }
        if let threads, let last = plan.rungs.last, last.lines >= 720 {
            plan.rungs[plan.rungs.count - 1].threads = threads
        }
    }

    /// All rungs of the source's size, lowest first.
    func rungs() -> [Rung] {
        let stream = track.stream
        let size = DisplaySize(
            width: stream.width, height: stream.height, sampleAspectRatio: stream.sampleAspectRatio)
        let isUpright = stream.rotation % 180 == 0
        return settings.ladder.rungs(
            width: isUpright ? size.width : size.height, height: isUpright ? size.height : size.width,
            frameRate: track.frameRate)
    }

    /// - Parameter leads: For each segment, the segments that have to be decoded before it.
    private func ranges(_ leads: [Int], _ grid: SegmentGrid) -> [SegmentRange] {
        // Without times in the container, a frame is found only by counting from the start.
        if track.missesTimes { return [SegmentRange(first: 0, count: grid.segmentCount)] }
        return SegmentRange.split(
            grid.segmentCount, startup: settings.startupSegments, length: settings.rangeSegments
        ) { leads[min($0, leads.count - 1)] }
    }

    /// Output times that rise strictly: two frames on one tick are moved apart.
    private static func rising(_ times: [Int64]) -> [Int64] {
        var last: Int64 = -1
        return times.map { time in
            last = max(time, last + 1)
            return last
        }
    }

    private static func count(_ frames: [Int64], in grid: SegmentGrid) -> [Int] {
        var counts = [Int](repeating: 0, count: grid.segmentCount)
        var segment = 0
        for time in frames {
            while segment + 1 < grid.segmentCount, time >= grid.boundaries[segment + 1] { segment += 1 }
            counts[segment] += 1
        }
        return counts
    }

    /// For each segment, the time of the key frame to decode from.
    private func entryPoints(_ plan: VideoPlan, _ grid: SegmentGrid) -> [Int64] {
        let first = PacketScan.Key(time: track.times[0], ready: track.times[0])
        let keys = track.keys.isEmpty || track.decodesFromStart ? [first] : track.keys
        // A deinterlacer needs the previous frame; a held segment repeats it.
        let back: Int64 = plan.preparation.deinterlace || !grid.held.isEmpty ? 1 : 0
        var index = 0
        return (0..<grid.segmentCount).map { segment in
            let start = grid.boundaries[segment]
            while index + 1 < keys.count, plan.outputTicks(ofSource: keys[index + 1].ready) <= start - back {
                index += 1
            }
            return keys[index].time
        }
    }

    /// For each segment, the number of segments that have to be decoded before it.
    private static func leads(_ plan: VideoPlan) -> [Int] {
        var entered = 0
        return plan.entryPoints.enumerated().map { segment, entry in
            let time = plan.outputTicks(ofSource: entry)
            while entered < segment, plan.boundaries[entered + 1] <= time { entered += 1 }
            return segment - entered
        }
    }

    /// B-frames and the delay that their reordering needs, the same for every range.
    ///
    /// x264 with a pyramid of three B-frames decodes at most two frames ahead of presentation, so the delay is the duration of
    /// two consecutive frames, of nearly all pairs: the few longer pauses in a phone's recording are followed by a key frame,
    /// across which nothing is reordered. Where frames are shown for long, the video is encoded without reordering.
    private static func reordering(_ frames: [Int64], _ grid: SegmentGrid, interlaced: Bool)
        -> (bFrames: Int, delay: Int64)
    {
        guard frames.count > 1 else { return (0, 0) }
        let pairs = frames.indices.dropFirst(2).map { frames[$0] - frames[$0 - 2] }.sorted()
        var delay = pairs.isEmpty ? 2 * (frames[1] - frames[0]) : pairs[pairs.count * 98 / 100]
        // A packet may hold a single field; frames are then twice as far apart as packets.
        if interlaced { delay *= 2 }
        return delay > grid.timescale / 4 ? (0, 0) : (3, delay)
    }
}
