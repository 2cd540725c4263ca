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

    /// - Parameter label: What they are called among others; `nil` for what they are called alone.
    init(_ record: CaptionRecord, label: String? = nil) {
        language = record.language
        self.label = label ?? CaptionTrack(name: record.track, language: record.language, label: record.label).label
        source = record.isUploaded ? "upload" : "file"
        forced = record.isForced
    }

    init(_ item: OfferedCaptions.Item) { self.init(item.record, label: item.track.label) }
}

/// All captions of a video.
struct CaptionList: Encodable {
    var data: [CaptionDocument]
}
