/// The work of a task; stored as JSON in the task's row.
public enum WorkItem: Sendable, Hashable, Codable {
    /// Read the source's headers and packet times, accept or reject it, and write the plan.
    case probe
    /// Decode a range of segments once and encode it for some rungs.
    case video(range: SegmentRange, rungs: [String])
    /// Copy the source's video into the segments of a rung, range after range; all segments if no range is given. Earlier
    /// versions ignore the range and make all segments that the ledger lacks.
    case passthrough(rung: String, range: SegmentRange? = nil)
    /// Process an audio rendition, range after range; its segments are those of a passthrough.
    case audio(track: String, range: SegmentRange? = nil)
    /// Produce posters and the storyboard.
    case images
    /// Read the text subtitles of the source.
    case subtitles
    /// Reuse tracks of an earlier generation that are identical to those of this one's plan; `images` counts as a track.
    case reuse(fromGeneration: Int, tracks: [String])
    /// Measure the bandwidths, write the stored playlists and mark the video ready.
    case publish

    // Rows of earlier versions have these names.
    private enum CodingKeys: String, CodingKey {
        case probe, video, audio, images, subtitles, publish
        case passthrough = "keep"
        case reuse = "carry"
    }

    /// The name in tables, metrics and progress: `probe`, `video`, `keep`, `audio`, `images`, `subtitles`, `carry` or
    /// `publish`.
    public var kind: String {
        switch self {
        case .probe: "probe"
        case .video: "video"
        case .passthrough: "keep"
        case .audio: "audio"
        case .images: "images"
        case .subtitles: "subtitles"
        case .reuse: "carry"
        case .publish: "publish"
        }
    }
}

/// The priority classes of the queue; workers take tasks of an earlier class first.
public enum Lane: String, Sendable, Hashable, Codable, CaseIterable {
    /// A viewer waits for the segment.
    case urgent
    /// Uploads.
    case normal
    /// Reprocessing of playable videos.
    case bulk
}
