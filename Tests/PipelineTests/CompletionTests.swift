import Accounts
import Catalog
import Foundation
import Jobs
import MediaModel
import SQL
import Schema
import Testing
import Webhooks

@testable import Pipeline

/// A database in a folder of its own, with one video whose source was accepted.
final class PipelineFixture: Sendable {
    let database: SQLiteDatabase
    let video = "vid_test"
    private let folder: URL

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("videohost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder.path + "/test.db")
        try await Schema.prepare(database)
        let name = video
        try await database.transaction { connection in
            try Users.insert(
                User(
                    id: "usr_test", email: "a@example.org", username: "ann", passwordHash: "x", passwordScheme: "none",
                    createdAt: 1), in: connection)
            try Videos.insert(Video(id: name, ownerID: "usr_test", title: "Test", createdAt: 1), in: connection)
            try Acceptance.accept(
                Source(videoID: name, objectKey: "sources/x/original", byteCount: 10, fileName: "a.mp4", createdAt: 2),
                of: "usr_test", at: 2, in: connection)
        }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    /// The video's state.
    func state() async throws -> VideoState? {
        try await database.read { [video] in try Videos.find(id: video, in: $0)?.state }
    }

    /// A plan of 3 segments, two rungs and one audio rendition.
    static let plan: EncodingPlan = {
        let color = ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false)
        let ranges = SegmentRange.split(3, startup: 2, length: 8)
        let video = VideoPlan(
            streamIndex: 0, sourceTimeBase: Rational(1, 1000), origin: 0, firstFrame: 0, timescale: 16_000,
            boundaries: [0, 64_000, 128_000, 160_000], heldSegments: [], frameCounts: [96, 96, 48],
            entryPoints: [0, 4000, 8000], reorderDelay: 1334, bFrames: 3, keyFrameSpacing: 32_000,
            frameRate: Rational(24),
            preparation: .init(
                deinterlace: false, toneMap: false, rotation: 0, mirrored: false, sourceColor: color, outputColor: color
            ),
            rungs: Ladder.standard.rungs(width: Rational(640), height: Rational(360), frameRate: Rational(24)),
            startupRung: "v360", ranges: ranges)
        let audio = AudioPlan(
            name: "aund", language: "und", streamIndex: 1, sourceTimeBase: Rational(1, 48_000), mode: .copy,
            encodeReasons: [], sampleRate: 48_000, channels: 2, frameSamples: 1024, priming: 1024, origin: 0,
            sampleCount: 480_000, boundaries: [0, 189, 376, 470], ranges: ranges)
        return EncodingPlan(
            targetSeconds: 4, segmentCount: 3, duration: Rational(10), video: video, audio: [audio],
            images: ImagePlan(posters: .frames([1200]), posterSide: 1280, storyboard: nil))
    }()

    func entry(_ track: String, _ range: SegmentRange) -> SegmentLedgerEntry {
        SegmentLedgerEntry(
            videoID: video, generation: 1, track: track, firstSegment: range.first, segmentCount: range.count, epoch: 1,
            segments: range.indices.map {
                SegmentRecord(index: $0, byteCount: 100, ticks: 1, frames: 1, keyFrameByteCount: 10)
            }, createdAt: 3)
    }
}

@Suite("From tasks to a stream") struct CompletionTests {
    @Test("An accepted source is processing, with one urgent task that probes") func accepted() async throws {
        let fixture = try await PipelineFixture()
        #expect(try await fixture.state() == .processing)
        let tasks = try await fixture.database.read { [video = fixture.video] in
            try JobStore.unfinishedTasks(video: video, generation: 1, in: $0)
        }
        #expect(tasks.map(\.item) == [.probe] && tasks.map(\.lane) == [.urgent])
    }

    @Test("A second source for the same video is refused, and none of its rows stay") func secondSource() async throws {
        let fixture = try await PipelineFixture()
        let video = fixture.video
        await #expect(throws: (any Error).self) {
            try await fixture.database.transaction { connection in
                try Acceptance.accept(
                    Source(videoID: video, objectKey: "y", byteCount: 1, fileName: "b", createdAt: 5),
                    of: "usr_test", at: 5, in: connection)
            }
        }
    }

    @Test("Playable as soon as the start-up rung and the audio have their first range, and no earlier")
    func playable() async throws {
        let fixture = try await PipelineFixture()
        let (video, plan) = (fixture.video, PipelineFixture.plan)
        let first = SegmentRange(first: 0, count: 2)
        let entries = [
            fixture.entry("v240", first), fixture.entry("aund", first),
            fixture.entry("v360", SegmentRange(first: 2, count: 1)),
            fixture.entry("v360", first),
        ]
        try await fixture.database.transaction { connection in
            try Generations.setPlan(video: video, number: 1, plan, in: connection)
            _ = try Endpoints.insert(
                Endpoint(
                    id: "whk_1", userID: "usr_test", url: "https://example.org/", secret: "x", events: [.playable],
                    createdAt: 1), in: connection)
        }
        var states: [VideoState?] = []
        for entry in entries {
            try await fixture.database.transaction { connection in
                let task = try #require(
                    try JobStore.unfinishedTasks(video: video, generation: 1, in: connection).first)
                try SegmentLedger.record(entry, in: connection)
                _ = try Completion.advance(task, at: 9, in: connection)
            }
            states.append(try await fixture.state())
        }
        #expect(states == [.processing, .processing, .processing, .playable])
        let told = try await fixture.database.read { try Deliveries.list(webhook: "whk_1", in: $0) }
        #expect(told.map(\.event) == [.playable] && told.map(\.state) == [.waiting])
    }

    @Test("There are records of all tracks, or none") func records() async throws {
        let fixture = try await PipelineFixture()
        let plan = PipelineFixture.plan
        let ranges = [SegmentRange(first: 0, count: 2), SegmentRange(first: 2, count: 1)]
        let all = ["v240", "v360", "aund"].flatMap { track in ranges.map { fixture.entry(track, $0) } }
        #expect(Completion.records(plan, all)?.map { $0.segments.count } == [3, 3, 3])
        for index in all.indices {
            var missing = all
            missing.remove(at: index)
            #expect(Completion.records(plan, missing) == nil)
        }
    }

    @Test("The tasks of a plan make every segment of every track once, the beginning first") func tasks() {
        let tasks = PipelineFixture.plan.tasks()
        #expect(tasks.first?.item == .video(range: SegmentRange(first: 0, count: 2), rungs: ["v360"]))
        #expect(tasks.filter { $0.lane == .urgent }.count == 2)
        var made: [String] = []
        for task in tasks {
            if case .video(let range, let rungs) = task.item {
                for rung in rungs { made += range.indices.map { "\(rung) \($0)" } }
            }
        }
        #expect(made.sorted() == ["v240", "v360"].flatMap { rung in (0..<3).map { "\(rung) \($0)" } })
    }

    @Test("Of several audio renditions the start of the first is urgent, and enough to play") func sounds()
        async throws
    {
        let fixture = try await PipelineFixture()
        let video = fixture.video
        var plan = PipelineFixture.plan
        for name in ["ager", "aund-6ch"] {
            plan.audio.append(plan.audio[0])
            plan.audio[plan.audio.count - 1].name = name
        }
        let tasks = plan.tasks().filter { $0.item.kind == "audio" }
        let (first, others) = (SegmentRange(first: 0, count: 2), SegmentRange(first: 2, count: 1))
        #expect(
            tasks.map(\.item) == [
                .audio(track: "aund", range: first), .audio(track: "aund", range: others), .audio(track: "ager"),
                .audio(track: "aund-6ch"),
            ])
        #expect(tasks.map(\.lane) == [.urgent, .normal, .normal, .normal])
        let entries = [fixture.entry("v360", first), fixture.entry("aund", first)]
        try await fixture.database.transaction { [plan] connection in
            try Generations.setPlan(video: video, number: 1, plan, in: connection)
            let task = try #require(try JobStore.unfinishedTasks(video: video, generation: 1, in: connection).first)
            for entry in entries { try SegmentLedger.record(entry, in: connection) }
            _ = try Completion.advance(task, at: 9, in: connection)
        }
        #expect(try await fixture.state() == .playable)
    }

    @Test(
        "Only names that a plan can give may be handed over",
        arguments: [
            ("v720/00001.m4s", true), ("aund/init.mp4", true), ("aeng-2-6ch/00001.m4s", true), ("poster-1.jpg", true),
            ("../x", false),
            ("/etc/passwd", false),
            ("v720/../../x", false), ("", false), ("a/b/c", false), (".hidden", false), ("v720/", false),
            ("a\u{0}b", false),
            ("log.txt", true), ("V720/x", false),
        ])
    func names(name: String, allowed: Bool) {
        #expect(ScratchFile.isAllowed(name) == allowed)
    }
}
