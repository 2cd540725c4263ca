public import MediaModel

/// The media playlist of one track (RFC 8216bis 4.4.2-4.4.4): complete from the plan alone and never changed after.
///
/// Names are relative to the playlist's own folder, so a path prefix in front of a generation changes nothing.
public struct MediaPlaylist: Sendable, Hashable {
    /// The track's segments in time.
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
/// Needs measured segments. A picture lasts until the next one in the list, which is the whole segment.
public struct IFramePlaylist: Sendable, Hashable {
    /// The rung's segments in time.
    public var timeline: TrackTimeline
    /// Bytes of each segment up to the end of its first key frame.
    public var keyFrameByteCounts: [Int]
    /// `EXT-X-TARGETDURATION` in seconds.
    public var targetDuration: Int64

    /// A playlist of the key frames of `record`.
    /// - Returns: `nil` if the record does not cover the timeline or a segment has no key frame.
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

/// What the playlists of a track's folder have in common.
enum PlaylistHead {
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

    /// A segment's file name inside its folder.
    static func segment(_ index: Int) -> String { name(ObjectKey.segment(track: "", index: index)) }

    private static func name(_ key: String) -> String { String(key.drop { $0 == "/" }) }
}
