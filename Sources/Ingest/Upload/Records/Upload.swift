internal import SQL

/// How an upload's bytes become a file (tus 1.0, concatenation).
public enum UploadKind: String, Sendable, Hashable, Codable {
    /// The upload is the whole file.
    case single
    /// The upload is a part that a final upload joins with others.
    case partial
    /// The upload is a file that is joined from partial uploads.
    case final
}

/// The row of an upload. The number of bytes that have arrived is the length of its file on disk, not a column.
public struct Upload: Sendable, Hashable, Codable {
    /// `upl_…`
    public var id: String
    /// The user who started it.
    public var ownerID: String
    /// The video that the bytes are for; `nil` for parts and after the video was deleted.
    public var videoID: String?
    /// How its bytes become a file.
    public var kind: UploadKind
    /// Bytes in all; `nil` until the client announces it.
    public var length: Int64?
    /// The `Upload-Metadata` header, unchanged.
    public var metadata: String?
    /// The partial uploads that a final upload joins, in order.
    public var parts: [String]
    /// SHA-256 of the token in the upload's URL, in hexadecimal; empty if no client can resume it.
    public var tokenHash: String
    /// Its state; changed only by ``apply(_:)``.
    public private(set) var state: UploadState
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// When its lifetime ends, in milliseconds since 1970.
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
    /// Moves the upload to the state that follows from an event.
    /// - Returns: Whether the event is allowed and leaves the upload in existence; if not, nothing changes.
    @discardableResult
    public mutating func apply(_ event: UploadEvent) -> Bool {
        guard case .state(let next) = state.transition(on: event) else { return false }
        state = next
        return true
    }

    /// Whether bytes are accepted.
    public var isOpen: Bool { state.transition(on: .receive) != .refused }

    /// Whether it is a complete part, whose file has to remain until it is joined or expires.
    public var isFinishedPart: Bool { kind == .partial && state == .complete }

    /// Whether its video was deleted; a part never has one.
    public var isOrphaned: Bool { kind != .partial && videoID == nil }

    /// Whether a client can continue it; a direct upload has no address.
    var isResumable: Bool { !tokenHash.isEmpty }
}
