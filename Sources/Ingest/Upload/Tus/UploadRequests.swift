internal import Catalog
internal import Ground

/// What a client requests when it creates a resumable upload.
public struct NewUpload: Sendable {
    /// The account that creates it.
    public var ownerID: String
    /// Bytes in all; `nil` if the client announces it later, or if the parts determine it.
    public var length: Int64?
    /// The client's metadata.
    public var metadata: UploadMetadata
    /// Whether it is a part, or is joined from parts.
    public var concatenation: UploadConcatenation?

    /// A request.
    public init(
        ownerID: String, length: Int64?, metadata: UploadMetadata = .none, concatenation: UploadConcatenation? = nil
    ) {
        self.ownerID = ownerID
        self.length = length
        self.metadata = metadata
        self.concatenation = concatenation
    }

    /// The video to create for it; `nil` if the metadata names one.
    /// - Throws: ``UploadError/titleInvalid`` and ``UploadError/descriptionInvalid``.
    func newVideo(at time: Int64) throws(UploadError) -> Video? {
        guard metadata.values["videoId"] == nil else { return nil }
        let title = metadata.string("title")
        let cleanTitle = title.flatMap { VideoTitle.clean($0) }
        guard title == nil || cleanTitle != nil else { throw .titleInvalid }
        let description = metadata.string("description") ?? ""
        guard VideoDescription.isValid(description) else { throw .descriptionInvalid }
        return Video(
            id: Identifier.make(prefix: .video, at: time), ownerID: ownerID,
            title: cleanTitle ?? VideoTitle.fallback(fileName: metadata.fileName), description: description,
            state: .uploading, createdAt: time)
    }
}

/// What a client sends with bytes for a resumable upload.
public struct UploadAppend: Sendable {
    /// Where the client expects the upload's offset.
    public var offset: Int64
    /// The length of the body; `nil` if it is not announced.
    public var bodyLength: Int64?
    /// The upload's length, if it is announced with these bytes.
    public var uploadLength: Int64?
    /// The digest that the body must have.
    public var checksum: UploadChecksum?

    /// A request.
    public init(
        offset: Int64, bodyLength: Int64? = nil, uploadLength: Int64? = nil, checksum: UploadChecksum? = nil
    ) {
        self.offset = offset
        self.bodyLength = bodyLength
        self.uploadLength = uploadLength
        self.checksum = checksum
    }
}

/// An upload that has been created.
public struct OpenedUpload: Sendable {
    /// Its address, with the secret.
    public let address: UploadAddress
    /// Its status: without bytes, unless it has none at all or was joined from parts.
    public let status: UploadStatus
}

/// The progress of an upload.
public struct UploadStatus: Sendable, Hashable {
    /// The upload's row.
    public let upload: Upload
    /// Bytes that are on the disk; `nil` for a final upload that has not been joined.
    public let offset: Int64?
}
