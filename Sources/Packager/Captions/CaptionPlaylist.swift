public import MediaModel

extension EncodingPlan {
    /// The timeline of caption segments: that of the video, or of the audio without video.
    public var captionTimeline: TrackTimeline? {
        if let video, let rung = video.rungs.first { return TrackTimeline(video: video, rung: rung) }
        return audio.first.map { TrackTimeline(audio: $0) }
    }
}

extension TrackTimeline {
    /// The cues that are visible in a segment; a cue across a boundary is in both segments.
    /// - Parameter cues: The cues, sorted by time. Cues after the presentation are in no segment.
    func cues(_ cues: [CaptionCue], inSegment index: Int) -> [CaptionCue] {
        guard index >= 0, index < segmentCount else { return [] }
        let (start, end) = (Int128(ticks[index]) * 1000, Int128(ticks[index + 1]) * 1000)
        let scale = Int128(timescale)
        return cues.filter { Int128($0.start) * scale < end && Int128($0.end) * scale > start }
    }
}

/// The media playlist of a caption track, with all segments of the presentation, also empty ones (Apple 5.5).
struct CaptionPlaylist {
    /// The segments' times.
    let timeline: TrackTimeline
    /// `EXT-X-TARGETDURATION` in seconds.
    let targetDuration: Int64

    /// The playlist as text.
    var text: String {
        var text = """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:\(targetDuration)
            #EXT-X-MEDIA-SEQUENCE:1
            #EXT-X-PLAYLIST-TYPE:VOD

            """
        for (index, length) in timeline.microseconds.enumerated() {
            text += "#EXTINF:\(DecimalText.fixed(length, decimals: 6)),\n\(Self.fileName(index))\n"
        }
        return text + "#EXT-X-ENDLIST\n"
    }

    /// A segment's file name in its folder, counted from 1.
    static func fileName(_ index: Int) -> String { DecimalText.padded(Int64(index) + 1, digits: 5) + ".vtt" }

    /// The segment index of a file name; `nil` for any other name.
    static func index(fileName: Substring) -> Int? {
        guard let number = Int(fileName.prefix { $0.isASCII && $0.isNumber }), number > 0,
            Self.fileName(number - 1) == fileName
        else { return nil }
        return number - 1
    }
}
