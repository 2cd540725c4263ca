import NIOCore

/// Decodes an upload form: collects its fields and passes on the bytes of its file.
struct UploadForm: UploadBodyDecoder {
    /// The title, once its part has ended.
    private(set) var title: String?
    /// The description, once its part has ended.
    private(set) var description = ""
    /// The file's name; `nil` without a file part.
    private(set) var fileName: String?
    private var parser: MultipartParser
    private var field: Field?

    private enum Field: Sendable {
        case title(ByteBuffer)
        case description(ByteBuffer)
        case file
    }

    private static let maximumTitleBytes = 8 * VideoTitle.maximumLength
    private static let maximumDescriptionBytes = 4 * VideoDescription.maximumLength

    /// A decoder for forms with this boundary.
    init(boundary: String) { parser = MultipartParser(boundary: boundary) }

    /// - Throws: ``UploadError``: `titleInvalid`, `descriptionInvalid`, `form`.
    mutating func decode(_ buffer: ByteBuffer) throws(UploadError) -> [ByteBuffer] {
        let events: [MultipartEvent]
        do { events = try parser.feed(buffer) } catch { throw .form(error) }
        var bytes: [ByteBuffer] = []
        for event in events {
            if let more = try take(event) { bytes.append(more) }
        }
        return bytes
    }

    mutating func finish(byteCount: Int64) throws(UploadError) {
        do { try parser.finish() } catch { throw .form(error) }
    }

    private mutating func take(_ event: MultipartEvent) throws(UploadError) -> ByteBuffer? {
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
        default: throw .form(.malformed("a part that is none of title, description and file"))
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
        case nil: break
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
