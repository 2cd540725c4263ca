import AV
import MediaModel

/// Plans the audio renditions of a source, on the grid of its video.
struct AudioPlanner {
    /// What a rendition is to be.
    private struct Form {
        /// Its name and folder.
        let name: String
        /// Whether it has 5.1 channels instead of stereo.
        let isSurround: Bool
        /// Bits a second if it is encoded.
        let bitsPerSecond: Int
        /// Seconds at which it ends; `nil` for the default rendition, which determines the end of the others.
        let limit: Rational?
    }

    private let settings: Planner
    private let source: PlannedSource
    private let grid: SegmentGrid
    private let end: Rational

    /// Samples of an AAC-LC frame.
    private static let frame = 1024
    private static let encodedRate = 48_000

    /// - Parameters:
    ///   - grid: Where the segments of all tracks begin.
    ///   - end: The end of the grid in seconds.
    init(_ settings: Planner, source: PlannedSource, grid: SegmentGrid, end: Rational) {
        self.settings = settings
        self.source = source
        self.grid = grid
        self.end = end
    }

    /// All renditions: the stereo of each track, the default track's first, then the 5.1 of tracks with more channels.
    func renditions() -> [AudioPlan] {
        guard let track = source.audio else { return [] }
        var names = TrackNames(prefix: "a")
        let name = names.next(track.stream.language)
        func stereo(_ name: String, limit: Rational?) -> Form {
            Form(name: name, isSurround: false, bitsPerSecond: settings.audioBitrate, limit: limit)
        }
        let main = rendition(track, as: stereo(name, limit: nil))
        let limit = max(end, Rational(main.sampleCount, Int64(main.sampleRate)))
        let further = source.furtherAudio.map { ($0, names.next($0.stream.language)) }
        let renditions = [main] + further.map { rendition($0, as: stereo($1, limit: limit)) }
        guard let bitrate = settings.surroundBitrate else { return renditions }
        return renditions
            + ([(track, name)] + further).filter { $0.0.stream.channels > 2 && $0.0.stream.feedsSpeakers }.map {
                rendition($0, as: Form(name: $1 + "-6ch", isSurround: true, bitsPerSecond: bitrate, limit: limit))
            }
    }

    private func rendition(_ track: PlannedSource.Audio, as form: Form) -> AudioPlan {
        let (stream, frame) = (track.stream, Self.frame)
        // Samples from output time 0 to the first packet; below zero where it begins with samples that are not played.
        let lead = samples(Rational(track.firstPacket) * stream.timeBase - source.origin, stream.sampleRate)
        let missing = (form.limit ?? end) - (track.endSeconds - source.origin)
        let reasons = encodeReasons(track, form, lead: lead, missing: missing)
        let isPassthrough = reasons.isEmpty
        let rate = isPassthrough ? stream.sampleRate : Self.encodedRate
        let priming = isPassthrough ? max(0, Int(-lead)) : frame
        let wanted =
            form.limit.map { samples($0, rate) }
            ?? max(samples(track.endSeconds - source.origin, rate), samples(end, rate))
        let frames = Int((wanted + Int64(priming) + Int64(frame) - 1) / Int64(frame))
        // Passthrough takes all packets, except those behind the limit.
        let packets = form.limit == nil ? track.packetCount : min(track.packetCount, frames)
        let total = isPassthrough ? packets : frames
        var plan = AudioPlan(
            name: form.name, language: TrackNames.language(stream.language), streamIndex: stream.index,
            sourceTimeBase: stream.timeBase,
            mode: isPassthrough ? .copy : .encode(bitsPerSecond: form.bitsPerSecond), encodeReasons: reasons,
            sampleRate: rate, channels: isPassthrough ? stream.channels : form.isSurround ? 6 : 2,
            frameSamples: frame, priming: priming, origin: source.origin.ticks(of: stream.timeBase, .nearest),
            sampleCount: isPassthrough ? Int64(packets * frame - priming) : wanted,
            boundaries: boundaries(rate: rate, priming: priming, total: total),
            ranges: SegmentRange.split(
                grid.segmentCount, startup: settings.startupSegments, length: max(settings.rangeSegments, 16)))
        plan.timestampShifts = source.shifts[stream.index]
        if !track.parts.isEmpty { plan.parts = track.parts.map(part) }
        return plan
    }

    /// A loudspeaker's place in stereo (ITU-R BS.775). Low frequencies are left out, as in the mix of a single track.
    private func part(_ stream: StreamFacts) -> AudioPart {
        let half = 0.5.squareRoot()
        let (left, right): (Double, Double) =
            switch stream.speaker {
            case .left: (1, 0)
            case .right: (0, 1)
            case .centre: (half, half)
            case .leftSurround: (half, 0)
            case .rightSurround: (0, half)
            case .backCentre: (0.5, 0.5)
            case .lowFrequency, nil: (0, 0)
            }
        return AudioPart(
            streamIndex: stream.index, sourceTimeBase: stream.timeBase,
            origin: source.origin.ticks(of: stream.timeBase, .nearest), left: left, right: right,
            timestampShifts: source.shifts[stream.index])
    }

    /// Why the source's packets cannot be passed through, as codes; empty if they can.
    /// - Parameters:
    ///   - lead: Samples from output time 0 to the first packet.
    ///   - missing: Seconds by which the track ends before the presentation.
    private func encodeReasons(
        _ track: PlannedSource.Audio, _ form: Form, lead: Int64, missing: Rational
    ) -> [String] {
        let stream = track.stream
        var reasons: [String] = []
        if stream.codec != "aac" {
            reasons.append("audio_codec")
        } else if stream.profile != "LC" || stream.frameSamples != Self.frame {
            reasons.append("audio_profile")
        }
        if form.isSurround ? !stream.isPlainSurround : stream.channels > 2 || !track.parts.isEmpty {
            reasons.append("audio_channels")
        }
        if stream.sampleRate != 44_100 && stream.sampleRate != 48_000 { reasons.append("audio_sample_rate") }
        if !track.isContiguous { reasons.append("audio_gaps") }
        if !track.isSteady { reasons.append("audio_changes") }
        // Parameters that were found behind the file's start are not in the headers that a muxer would copy.
        if lead > 512 || stream.isLate { reasons.append("audio_starts_late") }
        if lead < -4096 { reasons.append("audio_edit_list") }
        // Renditions beside the default one must have its length, to the frame.
        let slack =
            form.limit == nil ? Rational(1, 10) : Rational(Int64(Self.frame), Int64(max(1, stream.sampleRate)))
        if missing > slack { reasons.append("audio_ends_early") }
        return reasons
    }

    /// The frame with which each segment begins: the first one that is played at or after the segment's start.
    private func boundaries(rate: Int, priming: Int, total: Int) -> [Int] {
        var result = grid.boundaries.dropLast().map { ticks -> Int in
            if ticks == 0 { return 0 }
            let start = MediaTime.rescale(ticks, from: Rational(1, grid.timescale), to: Rational(1, Int64(rate)), .up)
            return (Int(start) + priming + Self.frame - 1) / Self.frame
        }
        // Audio that ends a little before the last segment begins still has a frame there.
        for index in result.indices { result[index] = min(result[index], max(0, total - (result.count - index))) }
        return result + [total]
    }

    private func samples(_ seconds: Rational, _ rate: Int) -> Int64 {
        seconds.ticks(of: Rational(1, Int64(rate)), .nearest)
    }
}
