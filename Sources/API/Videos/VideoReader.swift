internal import Accounts
internal import Catalog
internal import Ground
internal import Ingest
internal import Jobs
internal import MediaModel
internal import Packager
internal import Pipeline
internal import SQL
internal import Telemetry

/// Reads videos as the API shows them.
struct VideoReader: Sendable {
    private let services: Services
    private let finished = BoundedCache<FinishedRenditions.Key, FinishedRenditions>(capacity: 2048)

    init(_ services: Services) {
        self.services = services
    }

    /// A video as it is now; `nil` if there is none.
    func document(_ id: String, for audience: VideoAudience) async throws -> VideoDocument? {
        guard Identifier.isValid(id, prefix: .video) else { return nil }
        guard let video = try await services.database.read({ try Videos.find(id: id, in: $0) }) else { return nil }
        return try await documents([video], for: audience).first
    }

    /// Videos as they are now.
    func documents(_ videos: [Video], for audience: VideoAudience) async throws -> [VideoDocument] {
        let finished = finished
        let facts = try await services.database.read { connection in
            let captions = try Captions.list(videos: videos.map(\.id), in: connection)
            let owners = try Users.find(ids: Set(videos.map(\.ownerID)), in: connection)
            return try videos.map { video in
                var facts = try Facts(of: video, finished, in: connection)
                facts.owner = owners.first { $0.id == video.ownerID }
                facts.captions = captions.filter { $0.videoID == video.id }
                return facts
            }
        }
        var documents: [VideoDocument] = []
        for facts in facts {
            let received =
                facts.video.making == .uploading
                ? try await services.uploads.progress(video: facts.video.id) : nil
            documents.append(facts.document(received: received, for: audience))
        }
        return documents
    }

    /// A page of videos, newest first.
    /// - Parameters:
    ///   - owner: Whose videos in every state; `nil` for everybody's finished ones.
    ///   - cursor: The last video of the page before.
    func page(of owner: String? = nil, before cursor: String? = nil, limit: Int) async throws -> VideoPage {
        // One more than the page holds tells whether there is a next page.
        let found = try await services.database.read { connection in
            if let owner { return try Videos.list(owner: owner, before: cursor, limit: limit + 1, in: connection) }
            return try Videos.listPublic(before: cursor, limit: limit + 1, in: connection)
        }
        let page = Array(found.prefix(limit))
        return VideoPage(
            data: try await documents(page, for: owner == nil ? .everybody : .owner),
            page: .init(next: found.count > page.count ? page.last?.id : nil, limit: limit))
    }

    /// The rows of a video, from one consistent read.
    private struct Facts: Sendable {
        let video: Video
        let number: Int?
        var tasks: [StageProgress] = []
        var renditions: [VideoDocument.Rendition] = []
        var captions: [CaptionRecord] = []
        var owner: User?
        var images = ShownImages()

        init(
            of video: Video, _ finished: BoundedCache<FinishedRenditions.Key, FinishedRenditions>,
            in connection: any SQLConnection
        ) throws {
            self.video = video
            let started = video.making != .draft && video.making != .uploading
            number =
                try video.generation ?? (started ? Generations.latest(video: video.id, in: connection)?.number : nil)
            guard let number else { return }
            let key = FinishedRenditions.Key(video: video.id, generation: number)
            if video.making == .ready, let known = finished[key] {
                (renditions, images) = (known.renditions, known.images)
                return
            }
            let plan = try Generations.find(video: video.id, number: number, in: connection)?.plan
            if video.making == .ready {
                let entries = try SegmentLedger.entries(video: video.id, generation: number, in: connection)
                renditions = plan.map { Self.finishedRenditions($0, entries) } ?? []
                images = ShownImages(tracks: Set(entries.map(\.track)))
                finished.insert(FinishedRenditions(renditions: renditions, images: images), for: key)
            } else {
                tasks = try JobStore.progress(video: video.id, generation: number, in: connection)
                let counts = try SegmentLedger.segmentCounts(video: video.id, generation: number, in: connection)
                renditions = plan.map { Self.unfinishedRenditions($0, counts) } ?? []
                images = ShownImages(tracks: Set(counts.keys))
            }
        }

        /// Tracks that are being processed.
        private static func unfinishedRenditions(
            _ plan: EncodingPlan, _ counts: [String: Int]
        ) -> [VideoDocument.Rendition] {
            tracks(plan) { name in
                let count = counts[name] ?? 0
                return (count >= plan.segmentCount ? "ready" : count > 0 ? "processing" : "queued", nil)
            }
        }

        /// Tracks that are finished, with their measured bitrates.
        private static func finishedRenditions(
            _ plan: EncodingPlan, _ entries: [SegmentLedgerEntry]
        ) -> [VideoDocument.Rendition] {
            var bytes: [String: Int] = [:]
            for entry in entries {
                bytes[entry.track, default: 0] += entry.segments.reduce(0) { $0 + $1.byteCount }
            }
            let seconds = plan.duration.doubleValue
            return tracks(plan) { name in
                let rate = seconds > 0 ? bytes[name].map { Int((Double($0) * 8 / seconds).rounded()) } : nil
                return ("ready", rate)
            }
        }

        private static func tracks(
            _ plan: EncodingPlan, _ state: (String) -> (state: String, bitrate: Int?)
        ) -> [VideoDocument.Rendition] {
            let highest = plan.video?.rungs.last
            let video = (plan.video?.rungs ?? []).map { rung in
                let (state, bitrate) = state(rung.name)
                return VideoDocument.Rendition(
                    name: rung.name, width: rung.width, height: rung.height, language: nil, channels: nil,
                    codecs: rung.codecString, kept: rung.passthrough != nil,
                    encodeReasons: rung == highest ? plan.video?.encodeReasons : nil, bitrate: bitrate, state: state)
            }
            return video
                + plan.audio.map { audio in
                    let (state, bitrate) = state(audio.name)
                    return VideoDocument.Rendition(
                        name: audio.name, width: nil, height: nil, language: LanguageName.code(audio.language),
                        channels: audio.channels, codecs: audio.codecString, kept: audio.mode == .copy,
                        encodeReasons: audio.mode == .copy ? nil : audio.encodeReasons, bitrate: bitrate,
                        state: state)
                }
        }

        func document(received: (received: Int64, length: Int64?)?, for audience: VideoAudience) -> VideoDocument {
            let progress = ProcessingProgress(
                video, hasVideo: renditions.isEmpty || renditions.contains { $0.width != nil },
                hasAudio: renditions.isEmpty || renditions.contains { $0.width == nil }, tasks: tasks,
                received: received.map { ($0.received, $0.length) })
            return VideoDocument(
                video: video, owner: owner.map { .init(id: $0.id, username: $0.username) }, progress: progress,
                renditions: renditions,
                captions: OfferedCaptions(captions, generation: video.generation).items.map { CaptionDocument($0) },
                playback: playback, audience: audience)
        }

        private var playback: VideoDocument.Playback? {
            // The tracks of a failed video are not served: its generation has failed too.
            guard let number = video.generation, video.state == .playable || video.state == .ready else { return nil }
            let base = "/v/\(video.id)/g\(number)/"
            return VideoDocument.Playback(
                hls: base + Manifests.multivariantPath, dash: base + Manifests.presentationPath,
                poster: images.poster ? base + "poster-1.jpg" : nil,
                smallPoster: images.smallPoster ? base + ImagePlan.smallPosterName : nil,
                storyboard: images.storyboard ? base + Manifests.storyboardPath : nil)
        }
    }
}

/// The renditions of a video that is ready; they never change, so lists read plans and ledgers of a video once.
private struct FinishedRenditions: Sendable {
    /// Identifies a generation.
    struct Key: Hashable, Sendable {
        let video: String
        let generation: Int
    }

    let renditions: [VideoDocument.Rendition]
    let images: ShownImages
}

/// Which images of a generation there are; those that could not be extracted are missing.
private struct ShownImages: Sendable {
    var poster = false
    var smallPoster = false
    var storyboard = false

    init() {}

    /// The images whose tracks the ledger has.
    init(tracks: Set<String>) {
        poster = tracks.contains("posters")
        smallPoster = tracks.contains("small-poster")
        storyboard = tracks.contains("storyboard")
    }
}
