public import MediaModel

/// The bandwidth of a stream in bits a second.
public struct Bandwidth: Sendable, Hashable {
    /// The highest rate of any consecutive segments with a total duration of 0.5 to 1.5 target durations.
    public var peak: Int
    /// All bits divided by the whole duration.
    public var average: Int

    /// A bandwidth.
    public init(peak: Int, average: Int) {
        self.peak = peak
        self.average = average
    }

    /// The bandwidth of a finished track, as RFC 8216bis 4.4.6.2 defines `BANDWIDTH` and `AVERAGE-BANDWIDTH`.
    /// - Parameters:
    ///   - byteCounts: Size of each segment in bytes.
    ///   - microseconds: Duration of each segment.
    ///   - targetDuration: The playlists' target duration in seconds.
    /// - Returns: Rates, rounded up; `nil` for a duration of 0. The peak of a track that is shorter than half a target duration
    ///   is its average.
    public static func measured(byteCounts: [Int], microseconds: [Int64], targetDuration: Int64) -> Bandwidth? {
        let count = min(byteCounts.count, microseconds.count)
        guard
            let average = rate(
                byteCounts.prefix(count).reduce(0) { $0 + Int128($1) },
                microseconds.prefix(count).reduce(0) { $0 + Int128($1) })
        else { return nil }
        let shortest = Int128(targetDuration) * 500_000
        let longest = Int128(targetDuration) * 1_500_000
        var peak = 0
        for first in 0..<count {
            var bytes: Int128 = 0
            var time: Int128 = 0
            for index in first..<count {
                bytes += Int128(byteCounts[index])
                time += Int128(microseconds[index])
                if time > longest { break }
                if time >= shortest { peak = max(peak, rate(bytes, time) ?? 0) }
            }
        }
        return Bandwidth(peak: peak > 0 ? peak : average, average: average)
    }

    /// The estimated bandwidth of a track that is not measured yet: the encoder's maximum, plus a tenth for peaks.
    static func estimated(ceiling: Int) -> Bandwidth {
        let ceiling = max(1, ceiling)
        return Bandwidth(peak: Int(clamping: Int128(ceiling) * 11 / 10), average: ceiling)
    }

    private static func rate(_ bytes: Int128, _ microseconds: Int128) -> Int? {
        guard microseconds > 0, bytes >= 0 else { return nil }
        return Int(clamping: (bytes * 8_000_000 + microseconds - 1) / microseconds)
    }

    /// The sum of both bandwidths.
    static func + (a: Bandwidth, b: Bandwidth) -> Bandwidth {
        Bandwidth(peak: a.peak + b.peak, average: a.average + b.average)
    }

    /// The larger peak and the larger average.
    static func larger(_ a: Bandwidth, _ b: Bandwidth) -> Bandwidth {
        Bandwidth(peak: max(a.peak, b.peak), average: max(a.average, b.average))
    }
}

/// The bandwidths of a plan's tracks: measured if there is a complete record, otherwise estimated.
public struct TrackBandwidths: Sendable {
    /// The bandwidth of every rung and audio rendition, by name.
    public var tracks: [String: Bandwidth]
    /// The bandwidth of the I-frame playlist of every rung that has been measured, by name.
    public var keyFrames: [String: Bandwidth]

    /// The bandwidths of all tracks of `plan`.
    public init(plan: EncodingPlan, records: [TrackRecord]) {
        tracks = [:]
        keyFrames = [:]
        let target = plan.targetDuration
        for rung in plan.video?.rungs ?? [] {
            tracks[rung.name] = .estimated(ceiling: rung.maximumBitrate)
        }
        for audio in plan.audio {
            switch audio.mode {
            case .encode(let bitsPerSecond): tracks[audio.name] = .estimated(ceiling: bitsPerSecond)
            // The plan does not have the rate of a copied track; this is a high estimate for AAC-LC.
            case .copy: tracks[audio.name] = .estimated(ceiling: 96_000 * max(1, audio.channels))
            }
        }
        for record in records {
            guard let timeline = plan.timeline(track: record.name), record.covers(timeline) else { continue }
            let lengths = timeline.microseconds
            tracks[record.name] =
                .measured(
                    byteCounts: record.segments.map(\.byteCount), microseconds: lengths, targetDuration: target)
                ?? tracks[record.name]
            if record.segments.allSatisfy({ $0.keyFrameByteCount > 0 }) {
                keyFrames[record.name] = .measured(
                    byteCounts: record.segments.map(\.keyFrameByteCount), microseconds: lengths,
                    targetDuration: target)
            }
        }
    }
}

extension TrackRecord {
    /// Whether the record has every segment of `timeline` in order.
    func covers(_ timeline: TrackTimeline) -> Bool {
        !segments.isEmpty && segments.count == timeline.segmentCount
            && segments.enumerated().allSatisfy { $0 == $1.index }
    }
}
