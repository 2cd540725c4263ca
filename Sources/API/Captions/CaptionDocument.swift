internal import Catalog
internal import Packager
internal import Pipeline

/// Captions as the API shows them.
struct CaptionDocument: Encodable, Sendable, Hashable {
    /// BCP 47 tag.
    let language: String
    /// Their name for people.
    let label: String
    /// `file`: read from the video's source; `upload`: sent by its owner.
    let source: String
    /// Whether they hold only what every viewer has to read.
    let forced: Bool

    /// - Parameter label: Their name among all captions of the video; `nil` for their name alone.
    init(_ record: CaptionRecord, label: String? = nil) {
        language = record.language
        self.label = label ?? CaptionTrack(name: record.track, language: record.language, label: record.label).label
        source = record.isUploaded ? "upload" : "file"
        forced = record.isForced
    }

    init(_ item: OfferedCaptions.Item) { self.init(item.record, label: item.track.label) }
}

extension CaptionDocument: DescribedDocument {
    static let schemaName = "Caption"
    static let schema = Schema.object([
        .required("language", .text("BCP 47 tag.")), .required("label", .text("Their name for people.")),
        .required(
            "source", .choice(["file", "upload"], "Whether they came with the video's file or were sent.")),
        .required("forced", .flag("Whether they hold only what every viewer has to read.")),
    ])
}

/// All captions of a video.
struct CaptionList: Encodable, DescribedDocument {
    let data: [CaptionDocument]

    static let schemaName = "CaptionList"
    static let schema = Schema.object([.required("data", .list(.of(CaptionDocument.self)))])
}
