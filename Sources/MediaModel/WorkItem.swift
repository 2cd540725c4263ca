/// What a task does; stored with the task's row as JSON.
public enum WorkItem: Sendable, Hashable, Codable {
    /// Read headers and packet times of the source; accept or reject; fix the plan.
    case probe
    /// Make a run of segments for some rungs: one decode, all those encodes.
    case video(range: SegmentRange, rungs: [String])
    /// Cut the source's own pictures into the segments of a rung, run after run.
    case keep(rung: String)
    /// Make one audio rendition, run after run.
    case audio(track: String)
    /// Make posters and the storyboard.
    case images
    /// Read the text subtitles of the source.
    case subtitles
    /// Take over tracks that an earlier generation has exactly as this one's plan wants them; `images` is one of them.
    case carry(fromGeneration: Int, tracks: [String])
    /// Measure, write the stored playlists and mark the video ready.
    case publish

    /// The word for tables, metrics and progress: `probe`, `video`, `keep`, `audio`, `images`, `subtitles`, `carry`,
    /// `publish`.
    public var kind: String {
        switch self {
        case .probe: "probe"
        case .video: "video"
        case .keep: "keep"
        case .audio: "audio"
        case .images: "images"
        case .subtitles: "subtitles"
        case .carry: "carry"
        case .publish: "publish"
        }
    }
}

/// Queues of work by urgency; workers empty an earlier one first.
public enum Lane: String, Sendable, Hashable, Codable, CaseIterable {
    /// Somebody waits in front of a player.
    case urgent
    /// Uploads.
    case normal
    /// Reprocessing of what already plays.
    case bulk
}
