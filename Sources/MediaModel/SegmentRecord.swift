/// What is known of a segment that exists: the measured half of what the plan promised.
public struct SegmentRecord: Sendable, Hashable, Codable {
    /// Index of the segment, counted from 0.
    public var index: Int
    /// Bytes of the object.
    public var byteCount: Int
    /// Length in ticks of the track's timescale.
    public var ticks: Int64
    /// Frames inside: pictures, or AAC frames.
    public var frames: Int
    /// Bytes from the object's start to the end of its first key frame, `moof` included; 0 for audio.
    public var keyFrameByteCount: Int

    /// A segment that exists.
    public init(index: Int, byteCount: Int, ticks: Int64, frames: Int, keyFrameByteCount: Int) {
        self.index = index
        self.byteCount = byteCount
        self.ticks = ticks
        self.frames = frames
        self.keyFrameByteCount = keyFrameByteCount
    }
}

/// Measured facts of a whole track, from the ledger: what bandwidth attributes and I-frame playlists need.
public struct TrackRecord: Sendable, Hashable, Codable {
    /// The track's name: `v720`, `aund`.
    public var name: String
    /// Every segment in order, none missing.
    public var segments: [SegmentRecord]

    /// A complete track.
    public init(name: String, segments: [SegmentRecord]) {
        self.name = name
        self.segments = segments
    }
}
