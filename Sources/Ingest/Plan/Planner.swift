import AV
public import MediaModel

/// Creates the plan of a source. Pure: the same source and settings give the same plan on every machine.
public struct Planner: Sendable, Hashable, Codable {
    /// The rungs and their ceilings.
    public var ladder: Ladder
    /// The target length of a segment in seconds.
    public var targetSeconds: Int
    /// Segments of the first range, which is processed before all others so that playback can start.
    public var startupSegments: Int
    /// Segments of each further range of the video.
    public var rangeSegments: Int
    /// Bits a second of encoded stereo audio.
    public var audioBitrate: Int
    /// Bits a second of the 5.1 rendition that a track with more than two channels gets beside its stereo; `nil` for none.
    public var surroundBitrate: Int?
    /// Whether the source's own video becomes the highest rung where it fits.
    public var allowsPassthrough: Bool

    /// A planner.
    public init(
        ladder: Ladder = .standard, targetSeconds: Int = 4, startupSegments: Int = 2, rangeSegments: Int = 12,
        audioBitrate: Int = 128_000, surroundBitrate: Int? = 384_000, allowsPassthrough: Bool = true
    ) {
        self.ladder = ladder
        self.targetSeconds = targetSeconds
        self.startupSegments = startupSegments
        self.rangeSegments = rangeSegments
        self.audioBitrate = audioBitrate
        self.surroundBitrate = surroundBitrate
        self.allowsPassthrough = allowsPassthrough
    }

    /// The rungs of a source's size, lowest first; none without video.
    func rungs(of source: PlannedSource) -> [Rung] {
        source.video.map { VideoPlanner(self, track: $0, of: source).rungs() } ?? []
    }

    /// The facts and the plan of a source.
    /// - Parameter unneeded: The names of rungs that are not made because they would look like lower ones; a copy of the source's
    ///   own video is made all the same.
    func plan(_ source: PlannedSource, leavingOut unneeded: Set<String> = []) -> ProbeResult {
        let video = source.video.map { VideoPlanner(self, track: $0, of: source).plan(leavingOut: unneeded) }
        let grid =
            video?.grid
            ?? SegmentGrid(
                frames: [], timescale: 1000, end: source.duration.ticks(of: Rational(1, 1000), .nearest),
                targetSeconds: targetSeconds)
        let end = Rational(grid.boundaries[grid.segmentCount], grid.timescale)
        let audio = AudioPlanner(self, source: source, grid: grid, end: end).renditions()
        let duration = max(end, audio.first.map { Rational($0.sampleCount, Int64($0.sampleRate)) } ?? end)
        var plan = EncodingPlan(
            targetSeconds: targetSeconds, segmentCount: grid.segmentCount, duration: duration, video: video?.plan,
            audio: audio, images: ImagePlan(rung: video?.plan.rungs.last, cover: source.cover, duration: duration))
        plan.subtitles = SubtitlePlan.all(of: source)
        var notes = source.notes
        if video?.plan.preparation.toneMap == true { notes.append(.toneMapped) }
        if video?.plan.preparation.deinterlace == true { notes.append(.deinterlaced) }
        if let video, video.plan.rungs.count < rungs(of: source).count { notes.append(.detailBelowSize) }
        return ProbeResult(facts: SourceFacts(source, duration: duration, notes: notes), plan: plan)
    }
}

extension SourceFacts {
    /// The facts of a source that has been planned.
    fileprivate init(_ source: PlannedSource, duration: Rational, notes: [VideoNote]) {
        self.init(
            container: source.container.rawValue, byteCount: source.byteCount,
            durationMilliseconds: duration.ticks(of: Rational(1, 1000), .nearest),
            video: source.video.map(VideoFacts.init), audio: source.audio.map(AudioFacts.init),
            furtherAudio: source.furtherAudio.isEmpty ? nil : source.furtherAudio.map(AudioFacts.init),
            coverStream: source.cover, notes: notes.map(\.rawValue))
    }
}

extension VideoFacts {
    fileprivate init(_ track: PlannedSource.Video) {
        let stream = track.stream
        self.init(
            streamIndex: stream.index, codec: stream.codec, width: stream.width, height: stream.height,
            sampleAspectRatio: stream.sampleAspectRatio, rotation: stream.rotation, mirrored: stream.mirrored,
            timeBase: stream.timeBase, averageFrameRate: track.frameRate, pixelFormat: stream.pixelFormat,
            interlaced: stream.interlaced, color: stream.color, frameCount: track.times.count)
    }
}

extension AudioFacts {
    fileprivate init(_ track: PlannedSource.Audio) {
        let stream = track.stream
        self.init(
            streamIndex: stream.index, codec: stream.codec, profile: stream.profile, sampleRate: stream.sampleRate,
            channels: stream.channels, language: stream.language, timeBase: stream.timeBase,
            packetCount: track.packetCount)
    }
}
