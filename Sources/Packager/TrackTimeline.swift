public import MediaModel

/// When every segment of a track starts and ends on the presentation's clock, exactly.
///
/// Rungs share one timeline. An audio track's first segment is shorter than its media by the priming, which the edit
/// list hides; so tick 0 is the first thing that is seen or heard, in every track.
public struct TrackTimeline: Sendable, Hashable {
    /// The track's name and folder: `v720`, `aund`.
    public var name: String
    /// Ticks a second; greater than zero.
    public var timescale: Int64
    /// The start of every segment and the end of the last one, in ticks; rising, the first 0.
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

    /// How many segments there are.
    public var segmentCount: Int { max(0, ticks.count - 1) }

    /// Length of a segment in ticks; 0 for an index that does not exist.
    public func ticks(ofSegment index: Int) -> Int64 {
        guard index >= 0, index < segmentCount else { return 0 }
        return Int64(clamping: Int128(ticks[index + 1]) - Int128(ticks[index]))
    }

    /// The lengths of all segments in microseconds, each the difference of two rounded times.
    ///
    /// Any run of them is therefore within one microsecond of the truth, however long it is: rounding never adds up.
    public var microseconds: [Int64] {
        let tick = Rational(1, timescale)
        let times = ticks.map { MediaTime.rescale($0, from: tick, to: Rational(1, 1_000_000), .nearest) }
        return zip(times.dropFirst(), times).map { Int64(clamping: max(0, Int128($0) - Int128($1))) }
    }
}

extension EncodingPlan {
    /// The timelines of all tracks: rungs lowest first, then audio.
    public var timelines: [TrackTimeline] {
        let rungs = video.map { video in video.rungs.map { TrackTimeline(video: video, rung: $0) } }
        return (rungs ?? []) + audio.map { TrackTimeline(audio: $0) }
    }

    /// The timeline of one track, or `nil` if the plan has no track of that name.
    public func timeline(track name: String) -> TrackTimeline? {
        if let video, let rung = video.rungs.first(where: { $0.name == name }) {
            return TrackTimeline(video: video, rung: rung)
        }
        return audio.first { $0.name == name }.map { TrackTimeline(audio: $0) }
    }

    /// `EXT-X-TARGETDURATION` of every playlist, in seconds; at least 1.
    ///
    /// One value for audio and video (Apple 8.2), rounded up from the longest segment of any track. That holds both
    /// for RFC 8216bis 4.4.3.1, which compares after rounding to the nearest, and for readers that compare plainly.
    public var targetDuration: Int64 {
        // Rungs share their boundaries: one of them stands for all.
        let video = self.video.flatMap { video in video.rungs.first.map { TrackTimeline(video: video, rung: $0) } }
        let timelines = [video].compactMap(\.self) + audio.map { TrackTimeline(audio: $0) }
        let longest = timelines.compactMap { $0.microseconds.max() }.max() ?? 0
        return max(1, longest / 1_000_000 + (longest % 1_000_000 == 0 ? 0 : 1))
    }
}
