public import MediaModel

/// A text that players read: a playlist, a presentation description or a storyboard track.
public struct Manifest: Sendable, Hashable {
    /// Where it belongs inside its generation: `v720/index.m3u8`.
    public var path: String
    /// The text; UTF-8, lines end with a line feed.
    public var text: String
    /// Its MIME type.
    public var contentType: String
    /// Whether it stays as it is: `false` while bandwidths are estimates.
    public var isFinal: Bool

    /// A manifest.
    public init(path: String, text: String, contentType: String, isFinal: Bool) {
        self.path = path
        self.text = text
        self.contentType = contentType
        self.isFinal = isFinal
    }
}

/// All manifests of a generation, by path.
///
/// From the plan alone every segment is already listed, with estimated bandwidths and without I-frame playlists; with
/// the records of the finished tracks bandwidths are measured and I-frame playlists appear. Media playlists and the
/// storyboard track are the same in both. Rendering is pure and takes time in proportion to the text.
public struct Manifests: Sendable {
    /// What is described.
    public let plan: EncodingPlan
    private let records: [TrackRecord]
    /// Captions that are offered beside the plan's tracks.
    public var captions: [CaptionTrack]

    /// The manifests of `plan`.
    /// - Parameters:
    ///   - plan: The plan that the segments are made by.
    ///   - records: Measured tracks; `nil` while they are made. A record that does not hold every segment of its
    ///     track is left out.
    ///   - captions: Captions that are offered; their cues are rendered by ``text(at:cues:)``.
    public init(plan: EncodingPlan, records: [TrackRecord]? = nil, captions: [CaptionTrack] = []) {
        self.plan = plan
        self.captions = captions
        self.records = (records ?? []).filter { record in
            plan.timeline(track: record.name).map { record.covers($0) } ?? false
        }
    }

    /// About how many bytes of memory they take: what grows with the number of segments.
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

    /// The paths of all manifests that exist; those that name others come after them.
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

    /// Renders the manifest at a path inside the generation, or `nil` if there is none.
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
