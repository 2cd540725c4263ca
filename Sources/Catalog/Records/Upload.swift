internal import SQL

/// How an upload's bytes become a file (tus 1.0, concatenation).
public enum UploadKind: String, Sendable, Hashable, Codable {
    /// Alone.
    case single
    /// One part of a later whole.
    case partial
    /// The whole of several parts.
    case final
}

/// Where an upload is on its way.
public enum UploadState: String, Sendable, Hashable, Codable {
    /// Bytes may come.
    case open
    /// All bytes are there and handed on.
    case complete
    /// Given up by its client.
    case terminated
}

/// An upload under way. How many bytes have come is what its file on disk says, not a column.
public struct Upload: Sendable, Hashable, Codable {
    /// `upl_…`
    public var id: String
    /// The user who started it.
    public var ownerID: String
    /// The video that the bytes are for; `nil` for parts, and when the video has been deleted.
    public var videoID: String?
    /// How its bytes become a file.
    public var kind: UploadKind
    /// Bytes in all; `nil` while the client has not said.
    public var length: Int64?
    /// The `Upload-Metadata` header as it came.
    public var metadata: String?
    /// The uploads that a final one is made of, in order.
    public var parts: [String]
    /// SHA-256 of the token in the upload's URL, in hexadecimal.
    public var tokenHash: String
    /// Where it is on its way.
    public var state: UploadState
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// When it may be removed, in milliseconds since 1970.
    public var expiresAt: Int64

    /// An upload.
    public init(
        id: String, ownerID: String, videoID: String?, kind: UploadKind = .single, length: Int64?, metadata: String?,
        parts: [String] = [], tokenHash: String, state: UploadState = .open, createdAt: Int64, expiresAt: Int64
    ) {
        self.id = id
        self.ownerID = ownerID
        self.videoID = videoID
        self.kind = kind
        self.length = length
        self.metadata = metadata
        self.parts = parts
        self.tokenHash = tokenHash
        self.state = state
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        ownerID = try row.text("owner_id")
        videoID = try row.optionalText("video_id")
        kind = try row.named("kind")
        length = try row.optionalInteger("length")
        metadata = try row.optionalText("metadata")
        parts = try row.json("parts")
        tokenHash = try row.text("token_hash")
        state = try row.named("state")
        createdAt = try row.integer("created_at")
        expiresAt = try row.integer("expires_at")
    }
}
