internal import Catalog
internal import Packager
internal import Pipeline

/// Captions as the API tells of them.
struct CaptionDocument: Encodable, Sendable, Hashable {
    /// BCP 47 tag.
    var language: String
    /// What people call them.
    var label: String
    /// `file`: read from the video's source; `upload`: sent by its owner.
    var source: String
    /// Whether they hold only what everybody has to read.
    var forced: Bool

    init(_ item: OfferedCaptions.Item) {
        language = item.record.language
        label = item.track.label
        source = item.record.isUploaded ? "upload" : "file"
        forced = item.record.isForced
    }
}

/// All captions of a video.
struct CaptionList: Encodable {
    var data: [CaptionDocument]
}
