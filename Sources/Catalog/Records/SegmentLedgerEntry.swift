public import MediaModel
internal import SQL

/// A run of segments of one track that exists, and what was measured of it.
public struct SegmentLedgerEntry: Sendable, Hashable, Codable {
    /// The video.
    public var videoID: String
    /// The generation.
    public var generation: Int
    /// The track's name: `v720`, `aund`.
    public var track: String
    /// Index of the first segment, counted from 0.
    public var firstSegment: Int
    /// How many segments.
    public var segmentCount: Int
    /// The epoch of the task that made it.
    public var epoch: Int64
    /// The segments, in order.
    public var segments: [SegmentRecord]
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// A run that exists.
    public init(
        videoID: String, generation: Int, track: String, firstSegment: Int, segmentCount: Int, epoch: Int64,
        segments: [SegmentRecord], createdAt: Int64
    ) {
        self.videoID = videoID
        self.generation = generation
        self.track = track
        self.firstSegment = firstSegment
        self.segmentCount = segmentCount
        self.epoch = epoch
        self.segments = segments
        self.createdAt = createdAt
    }

    /// The run as a range of segments.
    public var range: SegmentRange { SegmentRange(first: firstSegment, count: segmentCount) }

    /// The columns that ``init(_:)`` reads, in the order of ``values()``.
    static let columns = "video_id, generation, track, first_segment, segment_count, epoch, segments, created_at"

    /// The values of ``columns``.
    func values() throws -> [SQLValue] {
        [
            .text(videoID), SQLValue(generation), .text(track), SQLValue(firstSegment), SQLValue(segmentCount),
            .integer(epoch), try .json(segments), .integer(createdAt),
        ]
    }

    init(_ row: SQLRow) throws {
        videoID = try row.text("video_id")
        generation = try row.int("generation")
        track = try row.text("track")
        firstSegment = try row.int("first_segment")
        segmentCount = try row.int("segment_count")
        epoch = try row.integer("epoch")
        segments = try row.json("segments")
        createdAt = try row.integer("created_at")
    }
}
