internal import Catalog
internal import Ingest

/// What a client sends to create a draft.
struct NewVideo: RequestDocument {
    /// The title, as ``VideoTitle`` has cleaned it.
    let title: String
    let description: String?

    init(_ fields: inout JSONObjectBody) {
        let text = fields.text("title", length: VideoFields.titleLength, check: VideoFields.checkTitle)
        title = VideoTitle.clean(text) ?? ""
        description = fields.optionalText(
            "description", length: VideoFields.descriptionLength, check: VideoFields.checkDescription)
    }

    static let schemaName = "NewVideo"
    static let schema = Schema.object([
        .required("title", VideoFields.title), .optional("description", VideoFields.description),
    ])
    static let example: JSONNode? = ["title": "A film", "description": "In two parts."]
}

/// What a client sends to change a video.
struct VideoChangeRequest: RequestDocument {
    /// The title, as ``VideoTitle`` has cleaned it.
    let title: String?
    let description: String?

    init(_ fields: inout JSONObjectBody) {
        title = fields.optionalText("title", length: VideoFields.titleLength, check: VideoFields.checkTitle)
            .flatMap { VideoTitle.clean($0) }
        description = fields.optionalText(
            "description", length: VideoFields.descriptionLength, check: VideoFields.checkDescription)
    }

    /// Changes what was sent.
    func apply(to details: inout VideoDetails) {
        if let title { details.title = title }
        if let description { details.description = description }
    }

    static let schemaName = "VideoChange"
    static let schema = Schema.object(
        [.optional("title", VideoFields.title), .optional("description", VideoFields.description)],
        "What is left out stays as it is.")
    static let example: JSONNode? = ["title": "A better title"]
}

/// A form with the file of a new video.
enum VideoForm: DescribedDocument {
    static let schemaName = "VideoForm"
    static let schema = Schema.object(
        [
            .required("title", VideoFields.title), .optional("description", VideoFields.description),
            .required("file", .text(atLeast: 1, description: "The film, as a file of any bytes.")),
        ])
}

/// A draft that waits for its file.
struct Draft: Encodable, DescribedDocument {
    struct Upload: Encodable {
        let tus: String
        let put: String
    }

    let id: String
    let title: String
    let state: String
    let upload: Upload
    let watchUrl: String

    static let schemaName = "Draft"
    static let schema = Schema.object([
        .required("id", .text()), .required("title", .text()), .required("state", .choice(["draft"])),
        .required(
            "upload",
            .object([
                .required(
                    "tus", .text("Where to create a resumable upload, with `videoId` in its metadata.")),
                .required("put", .text("Where to PUT the file in one request.")),
            ])), .required("watchUrl", .text()),
    ])
}

/// The fields that a client may set on a video.
private enum VideoFields {
    static let titleLength = 1...VideoTitle.maximumLength
    static let descriptionLength = 0...VideoDescription.maximumLength

    static func checkTitle(_ title: String) -> FieldFault? {
        VideoTitle.clean(title) == nil
            ? FieldFault(.invalidTitle, "Must have a visible character, and no control characters.") : nil
    }

    static func checkDescription(_ text: String) -> FieldFault? {
        VideoDescription.isValid(text)
            ? nil : FieldFault(.invalidText, "Must have no control characters but line ends and tabs.")
    }

    static let title = Schema.text(
        "At least one visible character, and no control characters. White space around it is removed, and so are characters that turn the direction of text.",
        length: titleLength, not: Schema.invisibleLine)
    static let description = Schema.text(
        "No control characters but tabs and line breaks.", length: descriptionLength,
        not: #"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]"#)
}

extension Schema {
    /// The pattern of lines without a visible character, or with control characters.
    static let invisibleLine =
        #"[\u0000-\u001f\u007f-\u009f]|^[ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"#
        // Characters without a glyph.
        + #"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"#
        + #"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8]*$"#
}
