internal import Catalog

/// A video as the API shows it, in lists, alone and in events.
struct VideoDocument: Encodable, Sendable {
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

    /// Where to play the video: absolute paths.
    struct Playback: Sendable, Hashable {
        let hls: String
        let dash: String
        let poster: String?
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

    let id: String
    private(set) var title: String
    private(set) var description: String
    let state: String
    /// Progress of the whole processing, 0…1.
    let progress: Double
    /// Progress of each stage that applies, 0…1.
    let stages: [String: Double]
    let durationMs: Int64?
    let createdAt: String
    let updatedAt: String
    let playableAt: String?
    let readyAt: String?
    private(set) var renditions: [Rendition]
    private(set) var captions: [CaptionDocument]
    private(set) var playback: Playback?
    let watchUrl: String
    private(set) var rejection: Reason?
    private(set) var failure: Reason?
    /// Shown only to the owner.
    private(set) var block: Block?
    private(set) var notes: [String]
}

extension VideoDocument {
    /// The document of a blocked video for everybody but its owner: it says no more than that the video is blocked.
    var withheld: VideoDocument {
        var rest = self
        (rest.title, rest.description, rest.notes) = ("", "", [])
        (rest.renditions, rest.captions, rest.playback) = ([], [], nil)
        (rest.rejection, rest.failure, rest.block) = (nil, nil, nil)
        return rest
    }

    private enum Key: CodingKey {
        case id, title, description, state, progress, stages, durationMs, createdAt, updatedAt, playableAt, readyAt
        case renditions, captions, playback, watchUrl, rejection, failure, block, notes
    }

    /// What is not known yet is `null`; what does not apply is left out.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(title, forKey: .title)
        try fields.encode(description, forKey: .description)
        try fields.encode(state, forKey: .state)
        try fields.encode(progress, forKey: .progress)
        try fields.encode(stages, forKey: .stages)
        try fields.encode(durationMs, forKey: .durationMs)
        try fields.encode(createdAt, forKey: .createdAt)
        try fields.encode(updatedAt, forKey: .updatedAt)
        try fields.encodeIfPresent(playableAt, forKey: .playableAt)
        try fields.encodeIfPresent(readyAt, forKey: .readyAt)
        try fields.encode(renditions, forKey: .renditions)
        try fields.encode(captions, forKey: .captions)
        try fields.encode(playback, forKey: .playback)
        try fields.encode(watchUrl, forKey: .watchUrl)
        try fields.encodeIfPresent(rejection, forKey: .rejection)
        try fields.encodeIfPresent(failure, forKey: .failure)
        try fields.encodeIfPresent(block, forKey: .block)
        try fields.encode(notes, forKey: .notes)
    }
}

extension VideoDocument.Playback: Encodable {
    private enum Key: CodingKey {
        case hls, dash, poster, storyboard
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(hls, forKey: .hls)
        try fields.encode(dash, forKey: .dash)
        try fields.encode(poster, forKey: .poster)
        try fields.encode(storyboard, forKey: .storyboard)
    }
}

extension VideoDocument: DescribedDocument {
    static let schemaName = "Video"
    static let schema = Schema.object([
        .required("id", .text()), .required("title", .text()), .required("description", .text()),
        .required("state", .choice(VideoState.self)),
        .required("progress", .fraction("How much of the processing is done; 1 when ready.")),
        .required(
            "stages",
            .object(
                ["upload", "probe", "encode", "audio", "images", "publish"].map { .optional($0, .fraction()) },
                "How much of each stage is done; a stage that does not apply is left out.")),
        .required("durationMs", Schema.integer(atLeast: 0).orNull()), .required("createdAt", .time),
        .required("updatedAt", .time), .optional("playableAt", .time), .optional("readyAt", .time),
        .required("renditions", .list(.of(Rendition.self))),
        .required("captions", .list(.of(CaptionDocument.self), "Captions that viewers may choose from.")),
        .required("playback", Schema.of(Playback.self).orNull("`null` until it can be watched.")),
        .required("watchUrl", .text()),
        .optional("rejection", reason("Why the file was rejected; in state `rejected`.")),
        .optional("failure", reason("Why the server gave up; in state `failed`.")),
        .optional(
            "block",
            .object(
                [.required("reason", .text()), .required("at", .time)],
                "Why and since when an operator blocks the video; in state `blocked`, to its owner.")),
        .required("notes", .list(.text(), "What the creator should know about the file, as codes.")),
    ])

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

extension VideoDocument.Playback: DescribedDocument {
    static let schemaName = "Playback"
    static let schema = Schema.object(
        [
            .required("hls", .text()), .required("dash", .text()), .required("poster", Schema.text().orNull()),
            .required("storyboard", Schema.text().orNull()),
        ], "Paths on this server.")
}
