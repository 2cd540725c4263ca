internal import Ground

extension EncodingPlan {
    /// The first part of the plan with values that this program cannot produce, as a short text; `nil` for a valid plan.
    ///
    /// Plans come from the media child, which is untrusted, and every node computes with them. In a valid plan all counts
    /// match, all time bases are positive and no sum overflows 64 bits.
    public var fault: String? {
        guard formatVersion <= Self.currentFormat else { return "a newer format" }
        guard (1...PlanBounds.segments).contains(segmentCount), (1...86_400).contains(targetSeconds) else {
            return "the number of segments"
        }
        guard duration.numerator >= 0, duration.doubleValue < 1e9 else { return "the duration" }
        guard video != nil || !audio.isEmpty, audio.count <= PlanBounds.tracks,
            subtitles?.count ?? 0 <= PlanBounds.tracks
        else { return "the number of tracks" }
        let names =
            (video?.rungs.map(\.name) ?? []) + audio.map(\.name) + (subtitles ?? []).map(\.name)
        guard Set(names).count == names.count, names.allSatisfy(PlanBounds.isTrackName) else { return "a track's name" }
        return video?.fault(segments: segmentCount)
            ?? audio.lazy.compactMap { $0.fault(segments: segmentCount) }.first
            ?? (subtitles ?? []).lazy.compactMap(\.fault).first ?? images.fault
    }
}

extension SegmentRecord {
    /// Whether the numbers are possible for a segment; sums of all segments fit in 64 bits.
    public var isPlausible: Bool {
        (0..<PlanBounds.segments).contains(index) && (1...PlanBounds.bytes).contains(byteCount)
            && (0...PlanBounds.ticks).contains(ticks) && (0...PlanBounds.frames).contains(frames)
            && (0...byteCount).contains(keyFrameByteCount)
    }
}

/// Limits that no plan of a real file exceeds.
private enum PlanBounds {
    static let segments = 1 << 20
    static let tracks = 64
    static let bytes = 1 << 40
    static let ticks: Int64 = 1 << 53
    static let frames = 1 << 32
    static let textLength = 1 << 16

    /// Whether a name is valid for a track and its folder: 1 to 64 small letters, digits, dashes and dots, not starting with
    /// a dot.
    static func isTrackName(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
            && name.utf8.allSatisfy {
                $0.isASCIIDigit || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x2E
            }
    }

    static func isRising(_ values: [some Comparable], strictly: Bool) -> Bool {
        zip(values, values.dropFirst()).allSatisfy { strictly ? $0 < $1 : $0 <= $1 }
    }

    /// Whether ranges cover all segments in order, without gaps and overlaps.
    static func cover(_ ranges: [SegmentRange], segments: Int) -> Bool {
        var next = 0
        for range in ranges {
            guard range.first == next, (1...segments).contains(range.count) else { return false }
            next += range.count
        }
        return next == segments
    }

    static func isClock(_ base: Rational) -> Bool {
        base.numerator > 0 && base.numerator < 1 << 32 && base.denominator < 1 << 32
    }

    static func isTime(_ ticks: Int64) -> Bool { ticks.magnitude < 1 << 61 }
}

extension VideoPlan {
    fileprivate func fault(segments: Int) -> String? {
        guard streamIndex >= 0, PlanBounds.isClock(sourceTimeBase), (1..<1 << 32).contains(timescale),
            frameRate.numerator > 0
        else { return "the video's clock" }
        guard boundaries.count == segments + 1, boundaries.first == 0, PlanBounds.isRising(boundaries, strictly: true),
            boundaries.allSatisfy({ $0 <= PlanBounds.ticks })
        else { return "the video's boundaries" }
        guard frameCounts.count == segments, frameCounts.allSatisfy({ (0...PlanBounds.frames).contains($0) }),
            entryPoints.count == segments, entryPoints.allSatisfy(PlanBounds.isTime), PlanBounds.isTime(origin),
            PlanBounds.isTime(firstFrame), heldSegments.count <= segments,
            heldSegments.allSatisfy({ (0..<segments).contains($0) })
        else { return "the video's times" }
        guard (0...16).contains(bFrames), (0...PlanBounds.ticks).contains(reorderDelay),
            (1...PlanBounds.ticks).contains(keyFrameSpacing), preparation.rotation % 90 == 0
        else { return "the video's settings" }
        guard timestampShifts?.isPlausible ?? true else { return "the video's corrections" }
        guard PlanBounds.cover(ranges, segments: segments) else { return "the video's ranges" }
        guard (1...PlanBounds.tracks).contains(rungs.count), rungs.allSatisfy(\.isPlausible),
            rungs.contains(where: { $0.name == startupRung }), encodeReasons?.count ?? 0 <= PlanBounds.tracks,
            encodeReasons?.allSatisfy({ $0.utf8.count <= 64 }) ?? true
        else { return "the video's rungs" }
        return nil
    }
}

extension Rung {
    fileprivate var isPlausible: Bool {
        (2...65_535).contains(width) && (2...65_535).contains(height) && (0...51).contains(constantRateFactor)
            && (-12...12).contains(colorQuantizerOffset ?? 0)
            && (1...1 << 40).contains(maximumBitrate) && (1...1 << 40).contains(bufferSize)
            && preset.utf8.count <= 32 && passthrough.map({ $0.isPlausible }) ?? true && (0...255).contains(level)
            && (0...1024).contains(threads)
    }
}

extension PassthroughVideo {
    /// Whether the codec string, which is written into playlists, has the form of one.
    fileprivate var isPlausible: Bool {
        (0...PlanBounds.ticks).contains(reorderDelay) && codecString.utf8.count == 11 && codecString.hasPrefix("avc1.")
            && codecString.utf8.dropFirst(5).allSatisfy(\.isASCIIHexDigit)
    }
}

extension AudioPlan {
    fileprivate func fault(segments: Int) -> String? {
        guard streamIndex >= 0, PlanBounds.isClock(sourceTimeBase), PlanBounds.isTime(origin),
            (1...10_000_000).contains(sampleRate), (1...256).contains(channels), (1...1 << 16).contains(frameSamples),
            (0...1 << 32).contains(priming), (0...PlanBounds.ticks).contains(sampleCount)
        else { return "the audio clock" }
        guard boundaries.count == segments + 1, boundaries.first == 0, PlanBounds.isRising(boundaries, strictly: false),
            boundaries.allSatisfy({ $0 <= 1 << 40 })
        else { return "the audio boundaries" }
        guard timestampShifts?.isPlausible ?? true else { return "the audio corrections" }
        guard PlanBounds.cover(ranges, segments: segments) else { return "the audio ranges" }
        if case .encode(let bitsPerSecond) = mode, !(1...1 << 40).contains(bitsPerSecond) {
            return "the audio bit rate"
        }
        guard language.utf8.count <= PlanBounds.textLength, encodeReasons.count <= PlanBounds.tracks else {
            return "the audio texts"
        }
        guard let parts else { return nil }
        let isPlausible = parts.allSatisfy { part in
            part.streamIndex >= 0 && PlanBounds.isClock(part.sourceTimeBase) && PlanBounds.isTime(part.origin)
                && (0...1).contains(part.left) && (0...1).contains(part.right)
                && part.timestampShifts?.isPlausible ?? true
        }
        guard isPlausible, channels == 2, (2...PlanBounds.tracks).contains(parts.count) else {
            return "the audio parts"
        }
        return nil
    }
}

extension SubtitlePlan {
    fileprivate var fault: String? {
        guard streamIndex >= 0, PlanBounds.isClock(sourceTimeBase), PlanBounds.isTime(origin),
            language.utf8.count <= PlanBounds.textLength, timestampShifts?.isPlausible ?? true
        else { return "the subtitles' clock" }
        return nil
    }
}

extension ImagePlan {
    fileprivate var fault: String? {
        guard (1...65_535).contains(posterSide), smallPosterWidth.map({ (16...65_535).contains($0) }) ?? true else {
            return "the size of the posters"
        }
        if case .frames(let times) = posters, times.count > PlanBounds.tracks || !times.allSatisfy(PlanBounds.isTime) {
            return "the times of the posters"
        }
        guard let storyboard else { return nil }
        let isPlausible =
            (1...1 << 40).contains(storyboard.intervalMilliseconds)
            && (1...100_000).contains(storyboard.tileCount) && (1...8192).contains(storyboard.tileWidth)
            && (1...8192).contains(storyboard.tileHeight) && (1...1000).contains(storyboard.columns)
            && (1...1000).contains(storyboard.rows)
        return isPlausible ? nil : "the storyboard"
    }
}
