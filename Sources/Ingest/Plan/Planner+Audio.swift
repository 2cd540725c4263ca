import AV
import MediaModel

extension Planner {
    /// An audio rendition, on the grid of the video.
    func planAudio(
        _ track: PlannedSource.Audio, of source: PlannedSource, grid: SegmentGrid, end: Rational, as form: AudioForm
    ) -> AudioPlan {
        let stream = track.stream
        let frame = 1024
        // Samples from output time 0 to the first packet; below zero where it begins with what is not heard.
        let lead = Rational(track.firstPacket) * stream.timeBase - source.origin
        let leadSamples = samples(lead, Int64(stream.sampleRate))
        let reasons = encodeReasons(
            track, form, leadSamples: leadSamples, end: (form.limit ?? end) - (track.endSeconds - source.origin))
        let copies = reasons.isEmpty
        let rate = copies ? stream.sampleRate : 48_000
        let priming = copies ? max(0, Int(-leadSamples)) : frame
        let heard = samples(track.endSeconds - source.origin, Int64(rate))
        let limit = form.limit.map { samples($0, Int64(rate)) }
        let wanted = limit ?? max(heard, samples(end, Int64(rate)))
        let frames = Int((wanted + Int64(priming) + Int64(frame) - 1) / Int64(frame))
        // What is kept is kept whole, but for packets of which nothing may be heard.
        let kept = limit == nil ? track.packetCount : min(track.packetCount, frames)
        let total = copies ? kept : frames
        let sampleCount = copies ? Int64(kept * frame - priming) : wanted
        let boundaries = boundaries(grid, rate: rate, frame: frame, priming: priming, total: total)
        let language = stream.language.flatMap { $0.isEmpty ? nil : $0 } ?? "und"
        var plan = AudioPlan(
            name: form.name, language: language, streamIndex: stream.index, sourceTimeBase: stream.timeBase,
            mode: copies ? .copy : .encode(bitsPerSecond: form.bitsPerSecond), encodeReasons: reasons,
            sampleRate: rate, channels: copies ? stream.channels : form.isSurround ? 6 : 2, frameSamples: frame,
            priming: priming,
            origin: Self.origin(of: source, on: stream), sampleCount: sampleCount, boundaries: boundaries,
            ranges: SegmentRange.split(grid.segmentCount, startup: startupSegments, length: max(rangeSegments, 16)))
        plan.timestampShifts = source.shifts[stream.index]
        if !track.parts.isEmpty { plan.parts = track.parts.map { Self.part($0, of: source) } }
        return plan
    }

    private static func origin(of source: PlannedSource, on stream: StreamFacts) -> Int64 {
        MediaTime.rescale(
            source.origin.numerator, from: Rational(1, source.origin.denominator), to: stream.timeBase, .nearest)
    }

    /// A loudspeaker's place in stereo (ITU-R BS.775); low frequencies are left out, as in what is mixed from one track.
    private static func part(_ stream: StreamFacts, of source: PlannedSource) -> AudioPart {
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
            streamIndex: stream.index, sourceTimeBase: stream.timeBase, origin: origin(of: source, on: stream),
            left: left, right: right, timestampShifts: source.shifts[stream.index])
    }

    /// Why the source's packets cannot be kept; empty if they can.
    /// - Parameters:
    ///   - leadSamples: From output time 0 to the first packet.
    ///   - end: Seconds by which the sound ends before the presentation.
    private func encodeReasons(
        _ track: PlannedSource.Audio, _ form: AudioForm, leadSamples: Int64, end: Rational
    ) -> [String] {
        let stream = track.stream
        var reasons: [String] = []
        if stream.codec != "aac" {
            reasons.append("audio_codec")
        } else if stream.profile != "LC" || stream.frameSamples != 1024 {
            reasons.append("audio_profile")
        }
        if form.isSurround ? !stream.isPlainSurround : stream.channels > 2 || !track.parts.isEmpty {
            reasons.append("audio_channels")
        }
        if stream.sampleRate != 44_100 && stream.sampleRate != 48_000 { reasons.append("audio_sample_rate") }
        if !track.isContiguous { reasons.append("audio_gaps") }
        if !track.isSteady { reasons.append("audio_changes") }
        // What was learnt behind the file's start is not in the headers that a muxer would copy.
        if leadSamples > 512 || stream.isLate { reasons.append("audio_starts_late") }
        if leadSamples < -4096 { reasons.append("audio_edit_list") }
        // Renditions beside the default one are measured by it, to the frame.
        let slack = form.limit == nil ? Rational(1, 10) : Rational(1024, Int64(max(1, stream.sampleRate)))
        if end > slack { reasons.append("audio_ends_early") }
        return reasons
    }

    /// The frame that each segment begins with: the first one that is heard at or after the segment's start.
    private func boundaries(_ grid: SegmentGrid, rate: Int, frame: Int, priming: Int, total: Int) -> [Int] {
        var result = grid.boundaries.dropLast().map { ticks -> Int in
            if ticks == 0 { return 0 }
            let start = MediaTime.rescale(ticks, from: Rational(1, grid.timescale), to: Rational(1, Int64(rate)), .up)
            return (Int(start) + priming + frame - 1) / frame
        }
        // Sound that ends a little before the last segment begins still has a frame there.
        for index in result.indices { result[index] = min(result[index], max(0, total - (result.count - index))) }
        return result + [total]
    }

    private func samples(_ seconds: Rational, _ rate: Int64) -> Int64 {
        MediaTime.rescale(seconds.numerator, from: Rational(1, seconds.denominator), to: Rational(1, rate), .nearest)
    }

    /// A language as part of a folder's name; what a container says is not to be trusted with slashes.
    static func folderName(_ language: String) -> String {
        let letters = language.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return letters.isEmpty ? "und" : String(letters.prefix(8))
    }
}
