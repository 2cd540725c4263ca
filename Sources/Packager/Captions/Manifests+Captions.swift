extension Manifests {
    /// Path of a caption track as one file.
    public static func captionsPath(track: String) -> String { "\(track)/captions.vtt" }

    /// Whether what stands at a path depends on which captions there are; for callers that have to look for them.
    public func concernsCaptions(path: String) -> Bool {
        if path == Self.multivariantPath || path == Self.presentationPath { return true }
        guard let slash = path.firstIndex(of: "/") else { return false }
        return plan.timeline(track: String(path[..<slash])) == nil
    }

    /// The caption track that a path inside the generation belongs to.
    public func captionTrack(at path: String) -> CaptionTrack? {
        guard let slash = path.firstIndex(of: "/") else { return nil }
        return captions.first { $0.name == path[..<slash] }
    }

    /// The paths of a caption track's cues: the whole file, then every segment.
    public func cuePaths(track: CaptionTrack) -> [String] {
        let count = plan.captionTimeline?.segmentCount ?? 0
        return [Self.captionsPath(track: track.name)]
            + (0..<count).map { "\(track.name)/\(CaptionPlaylist.fileName($0))" }
    }

    /// Renders the cues at a path: all of them, or those of a segment.
    /// - Parameter cues: The cues of the path's track, by time.
    /// - Returns: `nil` if the path names neither.
    public func text(at path: String, cues: [CaptionCue]) -> Manifest? {
        guard let track = captionTrack(at: path) else { return nil }
        let text: String
        if path == Self.captionsPath(track: track.name) {
            text = WebVTTWriter.text(cues)
        } else {
            guard let timeline = plan.captionTimeline,
                let index = CaptionPlaylist.index(fileName: path.dropFirst(track.name.count + 1)),
                index < timeline.segmentCount
            else { return nil }
            text = WebVTTWriter.segment(timeline.cues(cues, inSegment: index))
        }
        return Manifest(path: path, text: text, contentType: ContentType.ofFile(named: path), isFinal: true)
    }

    /// The media playlist of a caption track.
    func captionPlaylist(at path: String) -> String? {
        guard let track = captionTrack(at: path), path == Self.playlistPath(track: track.name),
            let timeline = plan.captionTimeline
        else { return nil }
        return CaptionPlaylist(timeline: timeline, targetDuration: plan.targetDuration).text
    }
}
