public import MediaModel

/// The exact start and end of every segment of a track in presentation time.
///
/// All rungs have the same timeline. The first segment of an audio track is shorter than its media by the priming, which the
/// edit list removes. So tick 0 is the start of the presentation in every track.
public struct TrackTimeline: Sendable, Hashable {
    /// Name and folder of the track: `v720`, `aund`.
    public var name: String
    /// Ticks a second; greater than zero.
    public var timescale: Int64
    /// The start of every segment and the end of the last one in ticks; rising, the first one 0.
    public var ticks: [Int64]

    /// The timeline of a rung of `video`.
    public init(video: VideoPlan, rung: Rung) {
        self.init(name: rung.name, timescale: video.timescale, ticks: video.boundaries)
    }

    /// The timeline of an audio rendition.
    public init(audio: AudioPlan) {
        let ticks = audio.boundaries.enumerated().map { index, frame in
            let samples = Int128(frame) * Int128(audio.frameSamples)
            return index == 0 ? 0 : Int64(clamping: samples - Int128(audio.priming))
        }
        self.init(name: audio.name, timescale: Int64(audio.sampleRate), ticks: ticks)
    }

    private init(name: String, timescale: Int64, ticks: [Int64]) {
        self.name = name
        self.timescale = max(1, timescale)
        self.ticks = ticks
    }

    /// The number of segments.
    public var segmentCount: Int { max(0, ticks.count - 1) }

    /// Duration of a segment in ticks; 0 for an invalid index.
    public func ticks(ofSegment index: Int) -> Int64 {
        guard index >= 0, index < segmentCount else { return 0 }
        return Int64(clamping: Int128(ticks[index + 1]) - Int128(ticks[index]))
    }

    /// The durations of all segments in microseconds, each the difference of two rounded times.
    ///
    /// The sum of consecutive durations is exact to one microsecond: rounding errors do not accumulate.
    public var microseconds: [Int64] {
        let tick = Rational(1, timescale)
        let times = ticks.map { MediaTime.rescale($0, from: tick, to: Rational(1, 1_000_000), .nearest) }
        return zip(times.dropFirst(), times).map { Int64(clamping: max(0, Int128($0) - Int128($1))) }
    }
}

extension EncodingPlan {
    /// The timelines of all tracks: rungs from the lowest on, then audio.
    public var timelines: [TrackTimeline] {
        let rungs = video.map { video in video.rungs.map { TrackTimeline(video: video, rung: $0) } }
        return (rungs ?? []) + audio.map { TrackTimeline(audio: $0) }
    }

    /// The timeline of a track; `nil` for an unknown name.
    public func timeline(track name: String) -> TrackTimeline? {
        if let video, let rung = video.rungs.first(where: { $0.name == name }) {
            return TrackTimeline(video: video, rung: rung)
        }
        return audio.first { $0.name == name }.map { TrackTimeline(audio: $0) }
    }

    /// `EXT-X-TARGETDURATION` of every playlist, in seconds; at least 1.
    ///
    /// The same for audio and video (Apple 8.2): the longest segment of any track, rounded up. RFC 8216bis 4.4.3.1 compares
    /// rounded durations, but some readers compare exact ones.
    public var targetDuration: Int64 {
        // All rungs have the same boundaries.
        let video = self.video.flatMap { video in video.rungs.first.map { TrackTimeline(video: video, rung: $0) } }
        let timelines = [video].compactMap(\.self) + audio.map { TrackTimeline(audio: $0) }
        let longest = timelines.compactMap { $0.microseconds.max() }.max() ?? 0
        return max(1, longest / 1_000_000 + (longest % 1_000_000 == 0 ? 0 : 1))
    }
}
