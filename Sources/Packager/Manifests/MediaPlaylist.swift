public import MediaModel

/// The media playlist of a track (RFC 8216bis 4.4.2-4.4.4), which depends only on the plan.
///
/// URIs are relative to the playlist's folder.
public struct MediaPlaylist: Sendable, Hashable {
    /// The segments' times.
    public var timeline: TrackTimeline
    /// `EXT-X-TARGETDURATION` in seconds.
    public var targetDuration: Int64

    /// A playlist of `timeline`.
    public init(timeline: TrackTimeline, targetDuration: Int64) {
        self.timeline = timeline
        self.targetDuration = targetDuration
    }

    /// The playlist as text.
    public var text: String {
        var text = PlaylistHead.text(targetDuration: targetDuration, iFramesOnly: false)
        for (index, length) in timeline.microseconds.enumerated() {
            text += "#EXTINF:\(DecimalText.fixed(length, decimals: 6)),\n\(PlaylistHead.segment(index))\n"
        }
        return text + "#EXT-X-ENDLIST\n"
    }
}

/// The I-frame playlist of a rung (RFC 8216bis 4.4.3.6): the first key frame of every segment, as a byte range that
/// begins with the segment's `moof` (Apple 6.10).
///
/// Needs measured segments. An I-frame is shown for the duration of its segment.
public struct IFramePlaylist: Sendable, Hashable {
    /// The segments' times.
    public var timeline: TrackTimeline
    /// Size of each segment up to the end of its first key frame, in bytes.
    public var keyFrameByteCounts: [Int]
    /// `EXT-X-TARGETDURATION` in seconds.
    public var targetDuration: Int64

    /// A playlist of the key frames of `record`.
    /// - Returns: `nil` if the record does not cover the timeline or has a segment without a key frame.
    public init?(timeline: TrackTimeline, record: TrackRecord, targetDuration: Int64) {
        guard record.covers(timeline), record.segments.allSatisfy({ $0.keyFrameByteCount > 0 }) else { return nil }
        self.timeline = timeline
        self.keyFrameByteCounts = record.segments.map(\.keyFrameByteCount)
        self.targetDuration = targetDuration
    }

    /// The playlist as text.
    public var text: String {
        var text = PlaylistHead.text(targetDuration: targetDuration, iFramesOnly: true)
        for (index, (length, byteCount)) in zip(timeline.microseconds, keyFrameByteCounts).enumerated() {
            text += "#EXTINF:\(DecimalText.fixed(length, decimals: 6)),\n"
            text += "#EXT-X-BYTERANGE:\(byteCount)@0\n\(PlaylistHead.segment(index))\n"
        }
        return text + "#EXT-X-ENDLIST\n"
    }
}

/// The common parts of the playlists of a track.
private enum PlaylistHead {
    /// The tags before the first segment.
    static func text(targetDuration: Int64, iFramesOnly: Bool) -> String {
        """
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:\(targetDuration)
        #EXT-X-MEDIA-SEQUENCE:1
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-INDEPENDENT-SEGMENTS
        \(iFramesOnly ? "#EXT-X-I-FRAMES-ONLY\n" : "")#EXT-X-MAP:URI="\(name(ObjectKey.initialization(track: "")))"

        """
    }

    /// A segment's file name in its folder.
    static func segment(_ index: Int) -> String { name(ObjectKey.segment(track: "", index: index)) }

    private static func name(_ key: String) -> String { String(key.drop { $0 == "/" }) }
}
