import Foundation
import Ingest
import Jobs
public import MediaModel
import Packager
import Transcoder

/// Packages one file into a folder without a server, with the same probe, plan, child processes and playlists.
public struct LocalPackaging: Sendable {
    private let media: MediaProcess
    private let settings: PipelineSettings
    /// How many children encode video at a time.
    private let slots: Int
    /// Whether it makes posters and the storyboard.
    private let makesThumbnails: Bool

    /// A packaging run.
    public init(media: MediaProcess, settings: PipelineSettings, slots: Int, makesThumbnails: Bool) {
        self.media = media
        self.settings = settings
        self.slots = max(1, slots)
        self.makesThumbnails = makesThumbnails
    }

    /// The result of a run.
    public struct Summary: Sendable, Codable {
        /// The facts of the source.
        public let facts: SourceFacts
        /// The names of the tracks.
        public let tracks: [String]
        /// The bytes of all segments.
        public let byteCount: Int
    }

    /// Packages `file` into `folder`, which must not exist.
    /// - Throws: `Rejection` if the file is rejected; `TaskFailure` if a child failed.
    public func run(file: String, into folder: String) async throws -> Summary {
        guard let source = FileHandle(forReadingAtPath: file) else {
            throw TaskFailure(.storageError, "cannot open \(file)", isRetryable: false)
        }
        defer { try? source.close() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let probe = ChildRequest.Work.probe(settings.planner)
        guard let found = try await media.run(probe, source: source.fileDescriptor, name: "probe", onEvent: { _, _ in })
        else { throw TaskFailure(.mediaError, "the probe ended without a result") }
        // Audio and thumbnails use one core, so they run beside the video and not between its ranges.
        let work = works(found.plan)
        let descriptor = source.fileDescriptor
        async let video = make(work.filter(\.isVideo), atOnce: slots, source: descriptor, folder: folder)
        async let others = make(work.filter { !$0.isVideo }, atOnce: 1, source: descriptor, folder: folder)
        let segments = try await video.merging(others, uniquingKeysWith: +)
        let records = segments.map { name, segments in
            TrackRecord(name: name, segments: segments.sorted { $0.index < $1.index })
        }
        var facts = found.facts
        var captions: [(track: CaptionTrack, cues: [CaptionCue])] = []
        do {
            captions = try await readCaptions(found.plan, source: descriptor)
        } catch is TaskFailure {
            // The video is complete without its subtitles.
            facts.add(.subtitlesFailed)
        }
        let manifests = Manifests(plan: found.plan, records: records, captions: captions.map(\.track))
        for (track, cues) in captions {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(track.name)", withIntermediateDirectories: true)
            for path in manifests.cuePaths(track: track) {
                guard let text = manifests.text(at: path, cues: cues)?.text else { continue }
                try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(path)"))
            }
        }
        for path in manifests.paths {
            guard let manifest = manifests.text(at: path) else { continue }
            try Data(manifest.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(path)"))
        }
        return Summary(
            facts: facts, tracks: records.map(\.name).sorted(),
            byteCount: records.flatMap(\.segments).reduce(0) { $0 + $1.byteCount })
    }

    /// Does all work, with up to `slots` children at a time.
    /// - Returns: The segments of each track.
    private func make(_ work: [ChildRequest.Work], atOnce slots: Int, source: Int32, folder: String) async throws
        -> [String: [SegmentRecord]]
    {
        try await withThrowingTaskGroup(of: [String: [SegmentRecord]].self) { group in
            var all: [String: [SegmentRecord]] = [:]
            for (index, item) in work.enumerated() {
                if index >= slots, let segments = try await group.next() { all.merge(segments, uniquingKeysWith: +) }
                group.addTask { try await make(item, named: item.name(index), source: source, folder: folder) }
            }
            for try await segments in group { all.merge(segments, uniquingKeysWith: +) }
            return all
        }
    }

    private func make(_ item: ChildRequest.Work, named name: String, source: Int32, folder: String) async throws
        -> [String: [SegmentRecord]]
    {
        var segments: [String: [SegmentRecord]] = [:]
        try await media.run(item, source: source, name: name) { event, scratch in
            switch event {
            case .initialization(_, let path, _), .image(let path):
                try Self.move(path, from: scratch, to: folder)
            case .segment(let track, let path, let record):
                try Self.move(path, from: scratch, to: folder)
                segments[track, default: []].append(record)
            case .captions, .progress, .note: break
            }
        }
        return segments
    }

    private func readCaptions(
        _ plan: EncodingPlan, source: Int32
    ) async throws -> [(track: CaptionTrack, cues: [CaptionCue])] {
        guard plan.subtitles?.isEmpty == false else { return [] }
        var found: [String: [CaptionCue]] = [:]
        try await media.run(.subtitles(plan), source: source, name: "subtitles") { event, scratch in
            if case .captions(let track, let file) = event {
                found[track] = try ExtractedCaptions.cues("\(scratch)/\(file)")
            }
        }
        let read = (plan.subtitles ?? []).filter { found[$0.name] != nil }
        let tracks = CaptionTrack.withDistinctLabels(
            read.map {
                CaptionTrack(
                    name: $0.name, language: $0.language, isForced: $0.isForced,
                    isForHearingImpaired: $0.isForHearingImpaired)
            })
        return tracks.map { ($0, found[$0.name] ?? []) }
    }

    private func works(_ plan: EncodingPlan) -> [ChildRequest.Work] {
        plan.tasks().compactMap { task in
            switch task.item {
            case .video(let range, let rungs): plan.video.map { .video($0, range: range, rungs: rungs) }
            case .passthrough(let rung, let range):
                plan.video.map { .passthrough($0, rung: rung, range: range ?? plan.allSegments) }
            case .audio(let name, let range):
                plan.audio.first { $0.name == name }.map { .audio($0, range: range ?? plan.allSegments) }
            case .images: makesThumbnails ? .images(plan) : nil
            // Captions are read last, for the playlists.
            case .probe, .subtitles, .reuse, .publish: nil
            }
        }
    }

    private static func move(_ path: String, from scratch: String, to folder: String) throws {
        let target = URL(fileURLWithPath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? FileManager.default.removeItem(at: target)
        try FileManager.default.moveItem(at: URL(fileURLWithPath: "\(scratch)/\(path)"), to: target)
    }
}
