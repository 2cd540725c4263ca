import NIOCore

/// The fields of an upload form, as far as they have been read.
struct UploadForm: Sendable {
    /// The title, as soon as its part has ended.
    private(set) var title: String?
    /// The description, as soon as its part has ended.
    private(set) var description = ""
    /// The file's name; `nil` without a file part.
    private(set) var fileName: String?
    private var field: Field?

    private enum Field: Sendable {
        case title(ByteBuffer)
        case description(ByteBuffer)
        case file
        case ignored
    }

    private static let maximumTitleBytes = 8 * VideoTitle.maximumLength
    private static let maximumDescriptionBytes = 4 * VideoDescription.maximumLength

    /// Takes the next event.
    /// - Returns: Bytes of the file, if it brings some.
    /// - Throws: ``UploadError``: `titleInvalid`, `descriptionInvalid`, `form`.
    mutating func take(_ event: MultipartEvent) throws(UploadError) -> ByteBuffer? {
        switch event {
        case .part(let part): try begin(part)
        case .bytes(let bytes): return try add(bytes)
        case .partEnd: try endField()
        }
        return nil
    }

    private mutating func begin(_ part: MultipartPart) throws(UploadError) {
        switch part.name {
        case "title": field = .title(ByteBuffer())
        case "description": field = .description(ByteBuffer())
        case "file":
            guard fileName == nil else { throw .form(.malformed("more than one file")) }
            field = .file
            fileName = part.fileName ?? ""
        default: field = .ignored
        }
    }

    private mutating func add(_ bytes: ByteBuffer) throws(UploadError) -> ByteBuffer? {
        switch field {
        case .title(var text):
            guard text.readableBytes + bytes.readableBytes <= Self.maximumTitleBytes else { throw .titleInvalid }
            text.writeImmutableBuffer(bytes)
            field = .title(text)
        case .description(var text):
            guard text.readableBytes + bytes.readableBytes <= Self.maximumDescriptionBytes else {
                throw .descriptionInvalid
            }
            text.writeImmutableBuffer(bytes)
            field = .description(text)
        case .file: return bytes
        case .ignored, nil: break
        }
        return nil
    }

    private mutating func endField() throws(UploadError) {
        switch field {
        case .title(let text):
            guard let decoded = String(validating: text.readableBytesView, as: UTF8.self),
                let clean = VideoTitle.clean(decoded)
            else { throw .titleInvalid }
            title = clean
        case .description(let text):
            guard let decoded = String(validating: text.readableBytesView, as: UTF8.self),
                VideoDescription.isValid(decoded)
            else { throw .descriptionInvalid }
            description = decoded
        default: break
        }
        field = nil
    }
}
