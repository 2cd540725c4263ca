import AV
import MediaModel

/// Whether a source's own video becomes the highest rung, cut at its own key frames.
enum PassthroughDecision {
    /// It does.
    /// - Parameters:
    ///   - grid: Segments that begin at the source's key frames.
    ///   - rung: The rung that replaces the highest one.
    case passthrough(grid: SegmentGrid, rung: Rung)
    /// It is encoded, for these reasons as codes.
    case encode(reasons: [String])

    /// The greatest rate of the source's video as a multiple of the rung's ceiling: the average, and of one segment.
    private static let rateLimits = (average: Rational(3, 2), peak: Rational(3))
    /// The greatest frame rate (Apple's authoring specification, 1.19).
    private static let maximumFrameRate = Rational(60)
    /// Reference frames that a decoder may need where the source does not declare them (ITU-T H.264 A.3.1 h).
    private static let maximumReferenceFrames = 16

    /// Decides for a track.
    /// - Parameters:
    ///   - plan: What is planned so far: clocks, preparation, rungs.
    ///   - frames: Output times of the frames.
    ///   - end: When the presentation is over, in output ticks.
    ///   - isAllowed: Whether the settings allow passthrough.
    init(
        for track: PlannedSource.Video, plan: VideoPlan, frames: [Int64], end: Int64, targetSeconds: Int,
        isAllowed: Bool
    ) {
        do {
            let (grid, rung) = try Self.decide(track, plan, frames, end, targetSeconds, isAllowed)
            self = .passthrough(grid: grid, rung: rung)
        } catch { self = .encode(reasons: error.codes) }
    }

    /// Why the video has to be encoded.
    private struct Obstacle: Error {
        let codes: [String]
        init(_ codes: String...) { self.codes = codes }
        init(_ codes: Set<String>) { self.codes = codes.sorted() }
    }

    private static func decide(
        _ track: PlannedSource.Video, _ plan: VideoPlan, _ frames: [Int64], _ end: Int64, _ targetSeconds: Int,
        _ isAllowed: Bool
    ) throws(Obstacle) -> (SegmentGrid, Rung) {
        guard isAllowed else { throw Obstacle("not_wanted") }
        guard track.stream.codec == "h264" else { throw Obstacle("video_codec") }
        guard let scan = track.passthrough else { throw Obstacle("video_bitstream") }
        var reasons = scan.reasons.union(formatReasons(track.stream, plan)).union(timeReasons(track, plan, frames))
        // Slower connections need other rungs, and their encoding is what detects damage.
        if plan.rungs.count < 2 { reasons.insert("only_rung") }
        guard reasons.isEmpty, var rung = plan.rungs.last else { throw Obstacle(reasons) }

        let keys = scan.groups.map { plan.outputTicks(ofSource: $0.start) }
        guard
            let grid = SegmentGrid(keys: keys, timescale: plan.timescale, end: end, targetSeconds: targetSeconds)
        else { throw Obstacle("video_key_frames") }
        guard let peak = peak(scan, keys, grid, ceiling: rung.maximumBitrate) else { throw Obstacle("video_bitrate") }
        guard let level = level(track, scan, rung, peak: peak) else { throw Obstacle("video_level") }
        let delay = zip(track.times, track.order).map {
            plan.outputTicks(ofSource: $0) - plan.outputTicks(ofSource: $1)
        }
        let profile = scan.units.with(level: level).profile
        let codec = [profile.indication, profile.constraints, profile.level].map {
            ($0 < 16 ? "0" : "") + String($0, radix: 16)
        }
        rung.passthrough = PassthroughVideo(
            codecString: "avc1." + codec.joined(), reorderDelay: max(0, delay.max() ?? 0))
        rung.maximumBitrate = peak
        rung.bufferSize = 2 * peak
        rung.level = Int(level)
        return (grid, rung)
    }

    /// What of the frames' format would have to be changed, as codes.
    private static func formatReasons(_ stream: StreamFacts, _ plan: VideoPlan) -> Set<String> {
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

    /// What of the frames' times does not fit, as codes.
    private static func timeReasons(_ track: PlannedSource.Video, _ plan: VideoPlan, _ frames: [Int64]) -> Set<String> {
        var reasons: Set<String> = []
        if track.frameRate > maximumFrameRate { reasons.insert("video_frame_rate") }
        if track.missesTimes || plan.timestampShifts != nil || track.order.count != track.times.count
            || frames != track.times.map({ plan.outputTicks(ofSource: $0) })
        {
            reasons.insert("video_times")
        }
        return reasons
    }

    /// The lowest level that the video fits, whatever the source declares: players go by it. `nil` if none does.
    private static func level(
        _ track: PlannedSource.Video, _ scan: PassthroughScan, _ rung: Rung, peak: Int
    ) -> UInt8? {
        let profile = scan.units.profile
        // Profiles below High allow four fifths of its rates.
        let bits = profile.indication < 100 ? peak / 4 * 5 : peak
        // Where it is unknown, the number that the source's own level allows at this size.
        let references =
            scan.units.referenceFrames.map { max($0, track.stream.reorderDepth + 1) }
            ?? AVCLevel.bufferedFrames(at: Int(profile.level), width: rung.width, height: rung.height)
        let level = AVCLevel.lowest(
            width: rung.width, height: rung.height, frameRate: track.frameRate, bitsPerSecond: bits,
            bufferedFrames: min(maximumReferenceFrames, references))
        let fits = AVCLevel.bufferedFrames(at: level, width: rung.width, height: rung.height) >= references
        return fits ? UInt8(clamping: level) : nil
    }

    /// The greatest rate of a segment in bits a second; `nil` if it, or the average, is too great for a rung of this ceiling.
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
        guard let most, rate(bytes.reduce(0, +), end) <= Rational(Int64(ceiling)) * rateLimits.average,
            most <= Rational(Int64(ceiling)) * rateLimits.peak
        else { return nil }
        return Int(most.doubleValue.rounded(.up))
    }
}
