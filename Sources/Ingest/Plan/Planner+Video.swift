import AV
import MediaModel

extension Planner {
    /// The video part of a plan, and the grid that all tracks share.
    func planVideo(_ track: PlannedSource.Video, of source: PlannedSource) -> (plan: VideoPlan, grid: SegmentGrid) {
        let base = track.stream.timeBase
        let timescale = Self.timescale(for: base)
        // Down, so that no frame comes before 0.
        let origin = MediaTime.rescale(
            source.origin.numerator, from: Rational(1, source.origin.denominator), to: base, .down)
        var plan = VideoPlan(
            streamIndex: track.stream.index, sourceTimeBase: base, origin: origin, firstFrame: track.times[0],
            timescale: timescale, boundaries: [], heldSegments: [], frameCounts: [], entryPoints: [], reorderDelay: 0,
            bFrames: 3, keyFrameSpacing: 2 * timescale, frameRate: track.frameRate,
            preparation: Self.preparation(track.stream), rungs: rungs(track), startupRung: "", ranges: [])
        plan.timestampShifts = source.shifts[track.stream.index]
        if track.decodesFromStart { plan.decodesFromStart = true }

        let frames = Self.rising(track.times.map { plan.outputTicks(ofSource: $0) })
        let end = end(track, plan, frames, source)
        let (keeping, reasons) = keeping(track, plan: plan, frames: frames, end: end)
        if let keeping { plan.rungs[plan.rungs.count - 1] = keeping.rung } else { plan.encodeReasons = reasons }
        let grid =
            keeping?.grid
            ?? SegmentGrid(frames: frames, timescale: timescale, end: end, targetSeconds: targetSeconds)
        plan.boundaries = grid.boundaries
        plan.heldSegments = grid.held
        plan.frameCounts = Self.count(frames, in: grid)
        plan.entryPoints = entryPoints(track, plan, grid)
        (plan.bFrames, plan.reorderDelay) = Self.reordering(frames, grid, interlaced: plan.preparation.deinterlace)
        plan.startupRung = startupRung(plan.rungs)
        let leads = Self.leads(plan)
        plan.ranges =
            track.missesTimes
            // Without times in the container only counting from the start finds a frame again.
            ? [SegmentRange(first: 0, count: grid.segmentCount)]
            : SegmentRange.split(grid.segmentCount, startup: startupSegments, length: rangeSegments) {
                leads[min($0, leads.count - 1)]
            }
        return (plan, grid)
    }

    /// Ticks a second in which every source time is a whole number, where that is possible.
    static func timescale(for base: Rational) -> Int64 {
        guard base.denominator <= 1_000_000 else { return 90_000 }
        var timescale = base.denominator
        // As `libavformat` does for MP4: a coarse clock is doubled until rounding is of no concern to players.
        while timescale < 10_000 { timescale *= 2 }
        return timescale
    }

    /// The end of the last frame; later where the sound goes on for longer than a frame.
    private func end(
        _ track: PlannedSource.Video, _ plan: VideoPlan, _ frames: [Int64], _ source: PlannedSource
    ) -> Int64 {
        let own = max(
            MediaTime.rescale(
                track.end - plan.origin, from: plan.sourceTimeBase, to: Rational(1, plan.timescale), .nearest),
            (frames.last ?? 0) + 1)
        guard let soundEnd = source.soundEnd else { return own }
        let heard = soundEnd - source.origin
        let ticks = MediaTime.rescale(
            heard.numerator, from: Rational(1, heard.denominator), to: Rational(1, plan.timescale), .nearest)
        let frame = max(1, own - (frames.last ?? 0))
        return ticks - own > frame ? ticks : own
    }

    private func rungs(_ track: PlannedSource.Video) -> [Rung] {
        let stream = track.stream
        let shown = Self.shownSize(
            width: stream.width, height: stream.height, sampleAspectRatio: stream.sampleAspectRatio)
        let upright = stream.rotation % 180 == 0 ? (shown.width, shown.height) : (shown.height, shown.width)
        return ladder.rungs(width: upright.0, height: upright.1, frameRate: track.frameRate)
    }

    /// The rung that is quick to make and good enough to begin with: the highest of at most 360 lines.
    private func startupRung(_ rungs: [Rung]) -> String {
        (rungs.last { $0.lines <= 360 } ?? rungs.first)?.name ?? ""
    }

    /// Output times that rise strictly: two frames that fall on one tick are kept apart.
    static func rising(_ times: [Int64]) -> [Int64] {
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

    /// For each segment the key frame to decode from.
    private func entryPoints(_ track: PlannedSource.Video, _ plan: VideoPlan, _ grid: SegmentGrid) -> [Int64] {
        let first = PacketScan.Key(time: track.times[0], ready: track.times[0])
        let keys = track.keys.isEmpty || track.decodesFromStart ? [first] : track.keys
        // A deinterlacer looks one frame back; a held segment repeats one.
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

    /// For each segment how many have to be decoded in front of it.
    private static func leads(_ plan: VideoPlan) -> [Int] {
        var entered = 0
        return plan.entryPoints.enumerated().map { segment, entry in
            let time = plan.outputTicks(ofSource: entry)
            while entered < segment, plan.boundaries[entered + 1] <= time { entered += 1 }
            return segment - entered
        }
    }

    /// B-frames and the delay that reordering them needs, the same for every range.
    ///
    /// x264 with a pyramid of three B-frames decodes at most two frames ahead of showing them, so the delay is the time
    /// that two frames in a row take: of nearly all frames, since the few longer pauses of a phone's recording get a key
    /// frame behind them, across which nothing is reordered. Where pictures stay for long the source is encoded without
    /// reordering.
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
