import AV
import MediaModel

extension Planner {
    /// The source's own pictures as the highest rung.
    struct PassthroughChoice {
        /// Segments that begin at the source's key frames.
        let grid: SegmentGrid
        /// The rung that takes the place of the highest one.
        let rung: Rung
    }

    /// Most of a rung's ceiling that a source's pictures may take on average to be kept, and in one segment.
    private static let mostOfCeiling = (average: Rational(3, 2), peak: Rational(3))
    /// Most frames a second (Apple's authoring specification, 1.19).
    private static let mostFrames = Rational(60)
    /// Pictures that a decoder may have to keep where the source does not say (ITU-T H.264 A.3.1 h).
    private static let mostPictures = 16

    /// Whether a source's pictures can be kept as its highest rung, cut at its own key frames.
    /// - Parameters:
    ///   - plan: What is planned so far: clocks, preparation, rungs.
    ///   - frames: Output times of the pictures.
    ///   - end: When the presentation is over, in output ticks.
    /// - Returns: How, or why not as codes.
    func keeping(_ track: PlannedSource.Video, plan: VideoPlan, frames: [Int64], end: Int64)
        -> (keeping: PassthroughChoice?, reasons: [String])
    {
        guard keepsPictures else { return (nil, ["not_wanted"]) }
        guard track.stream.codec == "h264" else { return (nil, ["video_codec"]) }
        guard let scan = track.kept else { return (nil, ["video_bitstream"]) }
        var reasons = scan.reasons.union(formReasons(track.stream, plan))
        if track.frameRate > Self.mostFrames { reasons.insert("video_frame_rate") }
        if track.missesTimes || plan.timestampShifts != nil || track.order.count != track.times.count {
            reasons.insert("video_times")
        }
        if frames != track.times.map({ plan.outputTicks(ofSource: $0) }) { reasons.insert("video_times") }
        // Others have to be there for slower lines; and it is they that find out what is damaged.
        if plan.rungs.count < 2 { reasons.insert("only_rung") }
        guard reasons.isEmpty, var rung = plan.rungs.last else { return (nil, reasons.sorted()) }

        let keys = scan.groups.map { plan.outputTicks(ofSource: $0.start) }
        guard
            let grid = SegmentGrid(
                keys: keys, timescale: plan.timescale, end: end, targetSeconds: targetSeconds)
        else { return (nil, ["video_key_frames"]) }
        guard let peak = Self.peak(scan, keys, grid, ceiling: rung.maximumBitrate) else {
            return (nil, ["video_bitrate"])
        }
        let delay = zip(track.times, track.order).map {
            plan.outputTicks(ofSource: $0) - plan.outputTicks(ofSource: $1)
        }
        guard let level = level(track, scan, rung, peak: peak) else { return (nil, ["video_level"]) }
        let said = scan.units.with(level: level).profile
        let profile = [said.indication, said.constraints, said.level]
        rung.passthrough = PassthroughVideo(
            codecString: "avc1."
                + profile.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
            reorderDelay: max(0, delay.max() ?? 0))
        rung.maximumBitrate = peak
        rung.bufferSize = 2 * peak
        rung.level = Int(level)
        return (PassthroughChoice(grid: grid, rung: rung), [])
    }

    /// The level that fits what the pictures are, whatever the source says: players go by it. `nil` if none does.
    private func level(_ track: PlannedSource.Video, _ scan: PassthroughScan, _ rung: Rung, peak: Int) -> UInt8? {
        let profile = scan.units.profile
        // Profiles below High are allowed four fifths of its rates.
        let bits = profile.indication < 100 ? peak / 4 * 5 : peak
        // Where it cannot be told, as many as the source's own level allows at this size stay allowed.
        let pictures =
            scan.units.referenceFrames.map { max($0, track.stream.reorderDepth + 1) }
            ?? AVCLevel.bufferedFrames(at: Int(profile.level), width: rung.width, height: rung.height)
        let level = AVCLevel.lowest(
            width: rung.width, height: rung.height, frameRate: track.frameRate, bitsPerSecond: bits,
            bufferedFrames: min(Self.mostPictures, pictures))
        let fits = AVCLevel.bufferedFrames(at: level, width: rung.width, height: rung.height) >= pictures
        return fits ? UInt8(clamping: level) : nil
    }

    /// What of the pictures' form would have to be changed.
    private func formReasons(_ stream: StreamFacts, _ plan: VideoPlan) -> Set<String> {
        var reasons: Set<String> = []
        let preparation = plan.preparation
        if preparation.rotation != 0 || preparation.mirrored { reasons.insert("video_rotation") }
        if preparation.deinterlace { reasons.insert("video_interlaced") }
        if preparation.toneMap { reasons.insert("video_hdr") }
        if preparation.sourceColor.fullRange { reasons.insert("video_full_range") }
        if stream.sampleAspectRatio != Rational(1) { reasons.insert("pixel_aspect_ratio") }
        if stream.pixelFormat != "yuv420p" { reasons.insert("pixel_format") }
        if let rung = plan.rungs.last, (rung.width, rung.height) != (stream.width, stream.height) {
            reasons.insert("video_resolution")
        }
        return reasons
    }

    /// The largest rate of a segment in bits a second; `nil` if that, or the mean, is too much for a rung of this ceiling.
    private static func peak(_ scan: PassthroughScan, _ keys: [Int64], _ grid: SegmentGrid, ceiling: Int) -> Int? {
        var bytes = [Int64](repeating: 0, count: grid.segmentCount)
        var segment = 0
        for (key, group) in zip(keys, scan.groups) {
            while segment + 1 < grid.segmentCount, key >= grid.boundaries[segment + 1] { segment += 1 }
            bytes[segment] += group.byteCount
        }
        func rate(_ bytes: Int64, _ ticks: Int64) -> Rational { Rational(bytes * 8) / Rational(ticks, grid.timescale) }
        let end = grid.boundaries[grid.segmentCount]
        let most = bytes.indices.map { rate(bytes[$0], grid.boundaries[$0 + 1] - grid.boundaries[$0]) }.max()
        guard let most, rate(bytes.reduce(0, +), end) <= Rational(Int64(ceiling)) * mostOfCeiling.average,
            most <= Rational(Int64(ceiling)) * mostOfCeiling.peak
        else { return nil }
        return Int(most.doubleValue.rounded(.up))
    }
}
