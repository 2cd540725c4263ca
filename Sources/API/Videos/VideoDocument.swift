/// A video as the API tells of it. One form for lists, single videos and events.
struct VideoDocument: Encodable, Sendable {
    /// One track that is, or will be, there to play.
    struct Rendition: Encodable, Sendable, Hashable {
        var name: String
        /// Samples; absent for audio.
        var width: Int?
        var height: Int?
        /// ISO 639 code of audio; absent for pictures.
        var language: String?
        /// Channels of audio; absent for pictures.
        var channels: Int?
        var codecs: String
        /// Whether it is the source's own, cut and not encoded.
        var kept: Bool
        /// Why the source's own could not be kept, as codes; absent where that was not asked.
        var encodeReasons: [String]?
        /// Bits a second over its whole length; absent until it is finished.
        var bitrate: Int?
        /// `queued`, `processing` or `ready`.
        var state: String
    }

    /// Where to play it: absolute paths.
    struct Playback: Sendable, Hashable {
        var hls: String
        var dash: String
        var poster: String?
        var storyboard: String?
    }

    /// Why something was not made.
    struct Reason: Encodable, Sendable, Hashable {
        var code: String
        var detail: String
    }

    /// That an operator has taken it down.
    struct Block: Encodable, Sendable, Hashable {
        var reason: String
        var at: String
    }

    var id: String
    var title: String
    var description: String
    var state: String
    /// The whole making, 0…1.
    var progress: Double
    /// Each stage that applies, 0…1.
    var stages: [String: Double]
    var durationMs: Int64?
    var createdAt: String
    var updatedAt: String
    var playableAt: String?
    var readyAt: String?
    var renditions: [Rendition]
    var captions: [CaptionDocument]
    var playback: Playback?
    var watchUrl: String
    var rejection: Reason?
    var failure: Reason?
    /// To its owner alone.
    var block: Block?
    var notes: [String]
}

extension VideoDocument {
    /// What others than its owner learn of a blocked video: that it is.
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
