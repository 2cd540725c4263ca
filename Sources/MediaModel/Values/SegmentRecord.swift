/// The measured properties of a finished segment.
public struct SegmentRecord: Sendable, Hashable, Codable {
    /// Index of the segment, from 0.
    public var index: Int
    /// Size of the object in bytes.
    public var byteCount: Int
    /// Duration in ticks of the track's timescale.
    public var ticks: Int64
    /// Number of frames: video frames or AAC frames.
    public var frames: Int
    /// Bytes from the object's start to the end of its first key frame, `moof` included; 0 for audio.
    public var keyFrameByteCount: Int

    /// A finished segment.
    public init(index: Int, byteCount: Int, ticks: Int64, frames: Int, keyFrameByteCount: Int) {
        self.index = index
        self.byteCount = byteCount
        self.ticks = ticks
        self.frames = frames
        self.keyFrameByteCount = keyFrameByteCount
    }
}

/// The measured segments of a complete track, from the ledger; for bandwidth attributes and I-frame playlists.
public struct TrackRecord: Sendable, Hashable, Codable {
    /// The track's name: `v720`, `aund`.
    public var name: String
    /// All segments in order.
    public var segments: [SegmentRecord]

    /// A complete track.
    public init(name: String, segments: [SegmentRecord]) {
        self.name = name
        self.segments = segments
    }
}
