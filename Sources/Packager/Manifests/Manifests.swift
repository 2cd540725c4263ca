public import MediaModel

/// A text file for players: a playlist, a presentation description, a storyboard track or captions.
public struct Manifest: Sendable, Hashable {
    /// Path in its generation: `v720/index.m3u8`.
    public var path: String
    /// The text; lines end with a line feed.
    public var text: String
    /// MIME type.
    public var contentType: String
    /// Whether it will not change: `false` while bandwidths are estimates.
    public var isFinal: Bool

    /// A manifest.
    public init(path: String, text: String, contentType: String, isFinal: Bool) {
        self.path = path
        self.text = text
        self.contentType = contentType
        self.isFinal = isFinal
    }
}

/// Renders the manifests of a generation by their paths.
///
/// The plan alone gives complete playlists with estimated bandwidths and without I-frame playlists. With the records of
/// finished tracks, bandwidths are measured and I-frame playlists are added. Media playlists and the storyboard track are
/// the same in both cases. Rendering has no side effects and takes time in proportion to the text.
public struct Manifests: Sendable {
    /// The plan.
    public let plan: EncodingPlan
    private let records: [TrackRecord]
    /// The caption tracks.
    public var captions: [CaptionTrack]

    /// The manifests of `plan`.
    /// - Parameters:
    ///   - plan: The plan of the segments.
    ///   - records: Measured tracks, or `nil`. Records of incomplete tracks are ignored.
    ///   - captions: The caption tracks; ``text(at:cues:)`` renders their cues.
    public init(plan: EncodingPlan, records: [TrackRecord]? = nil, captions: [CaptionTrack] = []) {
        self.plan = plan
        self.captions = captions
        self.records = (records ?? []).filter { record in
            plan.timeline(track: record.name).map { record.covers($0) } ?? false
        }
    }

    /// Approximate memory in bytes.
    public var memorySize: Int {
        let segments = records.reduce(0) { $0 + $1.segments.count } * MemoryLayout<SegmentRecord>.stride
        let numbers =
            (plan.video.map { $0.boundaries.count + $0.frameCounts.count + $0.entryPoints.count } ?? 0)
            + plan.audio.reduce(0) { $0 + $1.boundaries.count }
        return 4096 + segments + numbers * MemoryLayout<Int64>.stride
    }

    /// Path of the multivariant playlist.
    public static let multivariantPath = "main.m3u8"
    /// Path of the DASH media presentation description.
    public static let presentationPath = "manifest.mpd"
    /// Path of the storyboard's WebVTT track.
    public static let storyboardPath = "storyboard.vtt"

    /// Path of a track's media playlist.
    public static func playlistPath(track: String) -> String { "\(track)/index.m3u8" }

    /// Path of a rung's I-frame playlist.
    public static func keyFramesPath(track: String) -> String { "\(track)/iframes.m3u8" }

    /// The paths of all manifests; a manifest that refers to others follows them.
    public var paths: [String] {
        var paths: [String] = []
        for rung in plan.video?.rungs ?? [] {
            paths.append(Self.playlistPath(track: rung.name))
            if hasKeyFrames(rung.name) { paths.append(Self.keyFramesPath(track: rung.name)) }
        }
        paths += plan.audio.map { Self.playlistPath(track: $0.name) }
        paths += captions.map { Self.playlistPath(track: $0.name) }
        if plan.images.storyboard != nil { paths.append(Self.storyboardPath) }
        return paths + [Self.presentationPath, Self.multivariantPath]
    }

    /// Renders the manifest at a path of the generation; `nil` for any other path.
    public func text(at path: String) -> Manifest? {
        switch path {
        case Self.multivariantPath:
            var playlist = MultivariantPlaylist(plan: plan, bandwidths: bandwidths)
            playlist.captions = captions
            return manifest(path, playlist.text, isFinal: isMeasured)
        case Self.presentationPath:
            var description = PresentationDescription(plan: plan, bandwidths: bandwidths)
            description.captions = captions
            return manifest(path, description.text, isFinal: isMeasured)
        case Self.storyboardPath:
            return plan.images.storyboard.map {
                let duration = MediaTime.rescale(
                    plan.duration.numerator, from: Rational(1, plan.duration.denominator), to: Rational(1, 1000), .up)
                return manifest(
                    path, StoryboardTrack(storyboard: $0, durationMilliseconds: duration).text, isFinal: true)
            }
        default:
            return trackManifest(at: path)
        }
    }

    /// Whether every track has been measured.
    public var isMeasured: Bool {
        let names = Set(records.map(\.name))
        return plan.timelines.allSatisfy { names.contains($0.name) }
    }

    private var bandwidths: TrackBandwidths { TrackBandwidths(plan: plan, records: records) }

    private func hasKeyFrames(_ name: String) -> Bool {
        records.contains { $0.name == name && $0.segments.allSatisfy { $0.keyFrameByteCount > 0 } }
    }

    private func trackManifest(at path: String) -> Manifest? {
        guard let slash = path.firstIndex(of: "/") else { return nil }
        let name = String(path[..<slash])
        guard let timeline = plan.timeline(track: name) else {
            return captionPlaylist(at: path).map { manifest(path, $0, isFinal: true) }
        }
        let target = plan.targetDuration
        if path == Self.playlistPath(track: name) {
            return manifest(path, MediaPlaylist(timeline: timeline, targetDuration: target).text, isFinal: true)
        }
        guard path == Self.keyFramesPath(track: name), plan.video?.rungs.contains(where: { $0.name == name }) == true,
            let record = records.first(where: { $0.name == name }),
            let playlist = IFramePlaylist(timeline: timeline, record: record, targetDuration: target)
        else { return nil }
        return manifest(path, playlist.text, isFinal: true)
    }

    private func manifest(_ path: String, _ text: String, isFinal: Bool) -> Manifest {
        Manifest(path: path, text: text, contentType: ContentType.ofFile(named: path), isFinal: isFinal)
    }
}

extension Manifests {
    /// Path of a caption track as one file.
    public static func captionsPath(track: String) -> String { "\(track)/captions.vtt" }

    /// Whether the manifest at a path depends on the caption tracks, so that a caller must load them.
    public func concernsCaptions(path: String) -> Bool {
        if path == Self.multivariantPath || path == Self.presentationPath { return true }
        guard let slash = path.firstIndex(of: "/") else { return false }
        return plan.timeline(track: String(path[..<slash])) == nil
    }

    /// The caption track of a path in the generation.
    public func captionTrack(at path: String) -> CaptionTrack? {
        guard let slash = path.firstIndex(of: "/") else { return nil }
        return captions.first { $0.name == path[..<slash] }
    }

    /// The paths of a caption track's cues: the complete file, then every segment.
    public func cuePaths(track: CaptionTrack) -> [String] {
        let count = plan.captionTimeline?.segmentCount ?? 0
        return [Self.captionsPath(track: track.name)]
            + (0..<count).map { "\(track.name)/\(CaptionPlaylist.fileName($0))" }
    }

    /// Renders the cues at a path: those of the whole track, or of a segment.
    /// - Parameter cues: The cues of the path's track, sorted by time.
    /// - Returns: `nil` if the path is not one of a caption track.
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
    fileprivate func captionPlaylist(at path: String) -> String? {
        guard let track = captionTrack(at: path), path == Self.playlistPath(track: track.name),
            let timeline = plan.captionTimeline
        else { return nil }
        return CaptionPlaylist(timeline: timeline, targetDuration: plan.targetDuration).text
    }
}

/// MIME types of a generation's files (Apple 10.4; RFC 8216bis 4; ISO/IEC 23009-1 annex C).
public enum ContentType {
    /// The type of a file by its extension; `application/octet-stream` for unknown extensions.
    public static func ofFile(named name: some StringProtocol) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        switch name[name.index(after: dot)...].lowercased() {
        case "m3u8": return "application/vnd.apple.mpegurl"
        case "mpd": return "application/dash+xml"
        case "m4s": return "video/iso.segment"
        case "mp4": return "video/mp4"
        case "vtt": return "text/vtt"
        case "jpg", "jpeg": return "image/jpeg"
        case "png": return "image/png"
        case "webp": return "image/webp"
        case "json": return "application/json"
        default: return "application/octet-stream"
        }
    }
}
