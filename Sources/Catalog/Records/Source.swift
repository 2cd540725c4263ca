public import MediaModel
internal import SQL

/// The file that a video is made from, kept as it came.
public struct Source: Sendable, Hashable, Codable {
    /// The video.
    public var videoID: String
    /// Where the bytes are in the object store.
    public var objectKey: String
    /// How many bytes.
    public var byteCount: Int64
    /// The name that the client gave; for people only, never a path.
    public var fileName: String
    /// SHA-256 in hexadecimal, where it was computed.
    public var sha256: String?
    /// What the probe found.
    public var facts: SourceFacts?
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// A source.
    public init(
        videoID: String, objectKey: String, byteCount: Int64, fileName: String, sha256: String? = nil,
        facts: SourceFacts? = nil, createdAt: Int64
    ) {
        self.videoID = videoID
        self.objectKey = objectKey
        self.byteCount = byteCount
        self.fileName = fileName
        self.sha256 = sha256
        self.facts = facts
        self.createdAt = createdAt
    }

    /// The columns that ``init(_:)`` reads, in the order of ``values()``.
    static let columns = "video_id, object_key, byte_count, file_name, sha256, facts, created_at"

    /// The values of ``columns``.
    func values() throws -> [SQLValue] {
        [
            .text(videoID), .text(objectKey), .integer(byteCount), .text(fileName), SQLValue(sha256),
            try .optionalJSON(facts), .integer(createdAt),
        ]
    }

    init(_ row: SQLRow) throws {
        videoID = try row.text("video_id")
        objectKey = try row.text("object_key")
        byteCount = try row.integer("byte_count")
        fileName = try row.text("file_name")
        sha256 = try row.optionalText("sha256")
        facts = try row.optionalJSON("facts")
        createdAt = try row.integer("created_at")
    }
}
