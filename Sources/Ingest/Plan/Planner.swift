import AV
public import MediaModel

/// Makes the plan of a source. Pure: the same source and settings give the same plan, on every machine.
public struct Planner: Sendable, Hashable, Codable {
    /// The rungs and their ceilings.
    public var ladder: Ladder
    /// Seconds a segment aims at.
    public var targetSeconds: Int
    /// Segments of the first run, which is made before all others so that playing can start.
    public var startupSegments: Int
    /// Segments of each further run of the video.
    public var rangeSegments: Int
    /// Bits a second of encoded stereo sound.
    public var audioBitrate: Int
    /// Bits a second of encoded 5.1 sound, made beside the stereo of a track that has more channels; `nil` for none.
    public var surroundBitrate: Int?
    /// Whether a source's own pictures become the highest rung where they fit.
    public var keepsPictures: Bool

    /// A planner.
    public init(
        ladder: Ladder = .standard, targetSeconds: Int = 4, startupSegments: Int = 2, rangeSegments: Int = 12,
        audioBitrate: Int = 128_000, surroundBitrate: Int? = 384_000, keepsPictures: Bool = true
    ) {
        self.ladder = ladder
        self.targetSeconds = targetSeconds
        self.startupSegments = startupSegments
        self.rangeSegments = rangeSegments
        self.audioBitrate = audioBitrate
        self.surroundBitrate = surroundBitrate
        self.keepsPictures = keepsPictures
    }

    /// The facts and the plan of a source.
    func plan(_ source: PlannedSource) throws(Rejection) -> ProbeResult {
        var notes = source.notes
        let grid: SegmentGrid
        var video: VideoPlan?
        if let track = source.video {
            let planned = planVideo(track, of: source)
            video = planned.plan
            grid = planned.grid
            if planned.plan.preparation.toneMap { notes.append(.toneMapped) }
            if planned.plan.preparation.deinterlace { notes.append(.deinterlaced) }
        } else {
            grid = SegmentGrid(
                frames: [], timescale: 1000, end: ticks(source.duration, 1000), targetSeconds: targetSeconds)
        }
        let end = Rational(grid.boundaries[grid.segmentCount], grid.timescale)
        let audio = planAudio(source, grid: grid, end: end)
        let duration = max(end, audio.first.map { Rational($0.sampleCount, Int64($0.sampleRate)) } ?? end)
        var plan = EncodingPlan(
            targetSeconds: targetSeconds, segmentCount: grid.segmentCount, duration: duration, video: video,
            audio: audio, images: planImages(source, video: video, duration: duration))
        plan.subtitles = planSubtitles(source)
        return ProbeResult(facts: facts(source, duration: duration, notes: notes), plan: plan)
    }

    private func ticks(_ seconds: Rational, _ timescale: Int64) -> Int64 {
        MediaTime.rescale(
            seconds.numerator, from: Rational(1, seconds.denominator), to: Rational(1, timescale), .nearest)
    }

    private func facts(_ source: PlannedSource, duration: Rational, notes: [VideoNote]) -> SourceFacts {
        let milliseconds = ticks(duration, 1000)
        return SourceFacts(
            container: source.container.rawValue, byteCount: source.byteCount, durationMilliseconds: milliseconds,
            video: source.video.map { track in
                VideoFacts(
                    streamIndex: track.stream.index, codec: track.stream.codec, width: track.stream.width,
                    height: track.stream.height, sampleAspectRatio: track.stream.sampleAspectRatio,
                    rotation: track.stream.rotation, mirrored: track.stream.mirrored, timeBase: track.stream.timeBase,
                    averageFrameRate: track.frameRate, pixelFormat: track.stream.pixelFormat,
                    interlaced: track.stream.interlaced, color: track.stream.color, frameCount: track.times.count)
            },
            audio: source.audio.map(facts),
            furtherAudio: source.furtherAudio.isEmpty ? nil : source.furtherAudio.map(facts),
            coverStream: source.cover, notes: notes.map(\.rawValue))
    }

    private func facts(_ track: PlannedSource.Audio) -> AudioFacts {
        AudioFacts(
            streamIndex: track.stream.index, codec: track.stream.codec, profile: track.stream.profile,
            sampleRate: track.stream.sampleRate, channels: track.stream.channels,
            language: track.stream.language, timeBase: track.stream.timeBase, packetCount: track.packetCount)
    }
}
