internal import Catalog
internal import Ground
internal import MediaModel

/// A video as the API shows it, in lists, alone and in events: what the table of its fields takes their values from.
struct VideoDocument: Sendable {
    /// A track that can be played, or will be.
    struct Rendition: Encodable, Sendable, Hashable {
        let name: String
        /// In samples; absent for audio.
        let width: Int?
        let height: Int?
        /// ISO 639 code of audio; absent for video.
        let language: String?
        /// Channels of audio; absent for video.
        let channels: Int?
        let codecs: String
        /// Whether the source's own stream was cut and not encoded.
        let kept: Bool
        /// Why the source's own stream was encoded, as codes; absent for all but the highest rendition and audio.
        let encodeReasons: [String]?
        /// Average bits a second; absent until the track is finished.
        let bitrate: Int?
        /// `queued`, `processing` or `ready`.
        let state: String
    }

    /// The account that a video belongs to.
    struct Owner: Encodable, Sendable, Hashable {
        let id: String
        let username: String
    }

    /// Where to play the video: absolute paths.
    struct Playback: Sendable, Hashable {
        let hls: String
        let dash: String
        let poster: String?
        let smallPoster: String?
        let storyboard: String?
    }

    /// Why a video was rejected, or has failed.
    struct Reason: Encodable, Sendable, Hashable {
        let code: String
        let detail: String
    }

    /// Why and since when an operator blocks the video.
    struct Block: Encodable, Sendable, Hashable {
        let reason: String
        let at: String
    }

    /// The row.
    let video: Video
    /// Who owns it; `nil` if the account is gone.
    let owner: Owner?
    /// How much of the processing is done.
    let progress: ProcessingProgress
    /// Tracks that can be played, or will be.
    let renditions: [Rendition]
    /// Captions that viewers may choose from.
    let captions: [CaptionDocument]
    /// Where to play it; `nil` until it can be watched.
    let playback: Playback?
    /// Who reads it.
    let audience: VideoAudience
}

extension VideoDocument: TabularDocument {
    static let schemaName = "Video"

    /// What is not known yet is `null`; what does not apply is left out.
    static let fields: [DocumentField<VideoDocument>] = table.map(\.field)

    private static let table: [VideoField] = [
        .required("id", .text(), whenBlocked: .shown) { $0.video.id },
        .required("title", .text(), whenBlocked: .replaced(by: "")) { $0.video.title },
        .required("description", .text(), whenBlocked: .replaced(by: "")) { $0.video.description },
        .optional("owner", owner, whenBlocked: .absent()) { $0.owner },
        .required("state", .choice(VideoState.self), whenBlocked: .shown) { $0.video.state.rawValue },
        .required(
            "progress", .fraction("How much of the processing is done; 1 when ready."), whenBlocked: .shown
        ) { $0.progress.total },
        .required("stages", stages, whenBlocked: .shown) { $0.progress.stages },
        .required("durationMs", Schema.integer(atLeast: 0).orNull(), whenBlocked: .shown) {
            $0.video.durationMilliseconds
        },
        .required("createdAt", .time, whenBlocked: .shown) { Timestamp($0.video.createdAt).rfc3339 },
        .required("updatedAt", .time, whenBlocked: .shown) { Timestamp($0.video.updatedAt).rfc3339 },
        .optional("playableAt", .time, whenBlocked: .shown) { $0.video.playableAt.map { Timestamp($0).rfc3339 } },
        .optional("readyAt", .time, whenBlocked: .shown) { $0.video.readyAt.map { Timestamp($0).rfc3339 } },
        .required("renditions", .list(.of(Rendition.self)), whenBlocked: .replaced(by: [])) { $0.renditions },
        .required(
            "captions", .list(.of(CaptionDocument.self), "Captions that viewers may choose from."),
            whenBlocked: .replaced(by: [])
        ) { $0.captions },
        .required(
            "playback", Schema.of(Playback.self).orNull("`null` until it can be watched."), whenBlocked: .absent()
        ) { $0.playback },
        .required("watchUrl", .text(), whenBlocked: .shown) { "/watch/\($0.video.id)" },
        .optional(
            "rejection", reason("Why the file was rejected; in state `rejected`."), whenBlocked: .absent()
        ) { $0.video.rejection.map { Reason(code: $0.code.rawValue, detail: $0.detail) } },
        .optional(
            "failure", reason("Why the server gave up; in state `failed`."), whenBlocked: .absent()
        ) { document in
            document.video.failureCode.map {
                Reason(code: $0.rawValue, detail: document.video.failureDetail ?? "")
            }
        },
        .optional("block", block, whenBlocked: .absent()) {
            $0.video.block.map { Block(reason: $0.reason, at: Timestamp($0.at).rfc3339) }
        },
        .required(
            "notes", .list(.text(), "What the creator should know about the file, as codes."),
            whenBlocked: .replaced(by: [])
        ) { $0.video.notes },
    ]

    private static let owner = Schema.object(
        [.required("id", .text()), .required("username", .text())], "The account that it belongs to.")

    private static let stages = Schema.object(
        ["upload", "probe", "encode", "audio", "images", "publish"].map { .optional($0, .fraction()) },
        "How much of each stage is done; a stage that does not apply is left out.")

    private static let block = Schema.object(
        [.required("reason", .text()), .required("at", .time)],
        "Why and since when an operator blocks the video; in state `blocked`, to its owner.")

    private static func reason(_ description: String) -> Schema {
        .object([.required("code", .text()), .required("detail", .text())], description)
    }
}

extension VideoDocument.Rendition: DescribedDocument {
    static let schemaName = "Rendition"
    static let schema = Schema.object([
        .required("name", .text()), .optional("width", .integer(atLeast: 1)),
        .optional("height", .integer(atLeast: 1)),
        .optional("language", .text("ISO 639 code of audio; `und` where the file does not say.")),
        .optional("channels", .integer(atLeast: 1, "Channels of audio: 6 is 5.1.")), .required("codecs", .text()),
        .required("kept", .flag("Whether the file's own video or audio was cut and not encoded.")),
        .optional("encodeReasons", .list(.text(), "Why the file's own stream was encoded.")),
        .optional("bitrate", .integer(atLeast: 0, "Bits a second on average, once it is finished.")),
        .required("state", .choice(["queued", "processing", "ready"])),
    ])
}

extension VideoDocument.Playback: TabularDocument {
    static let schemaName = "Playback"
    static var schema: Schema { .object(fields.map(\.member), "Paths on this server.") }

    static let fields: [DocumentField<VideoDocument.Playback>] = [
        .required("hls", .text()) { $0.hls },
        .required("dash", .text()) { $0.dash },
        .required("poster", Schema.text().orNull()) { $0.poster },
        .required(
            "smallPoster", Schema.text().orNull("The poster 480 pixels wide; `null` where the poster is not wider.")
        ) { $0.smallPoster },
        .required("storyboard", Schema.text().orNull()) { $0.storyboard },
    ]
}
