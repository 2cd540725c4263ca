import Jobs
import MediaModel
import Testing
import Transcoder

@testable import Ingest
@testable import Pipeline

@Suite("Events of a child that its source has taken over") struct ChildEventValidatorTests {
    private static func record(_ index: Int = 0) -> SegmentRecord {
        SegmentRecord(index: index, byteCount: 900, ticks: 64_000, frames: 96, keyFrameByteCount: 300)
    }

    private static func segment(_ index: Int, track: String = "v240") -> ChildEvent {
        .event(.segment(track: track, file: ObjectKey.segment(track: track, index: index), record: record(index)))
    }

    private func words() throws -> ChildEventValidator {
        let video = try #require(PipelineFixture.plan.video)
        return ChildEventValidator(for: .video(video, range: SegmentRange(first: 0, count: 2), rungs: ["v240"]))
    }

    private func probed(_ plan: EncodingPlan, notes: [String] = []) -> ChildEvent {
        let facts = SourceFacts(
            container: "mp4", byteCount: 1, durationMilliseconds: 10_000, video: nil, audio: nil, coverStream: nil,
            notes: notes)
        return .probed(ProbeResult(facts: facts, plan: plan))
    }

    @Test("Events of an honest child pass unchanged") func honest() throws {
        var words = try words()
        for reply in [
            probed(PipelineFixture.plan, notes: ["hdr_tone_mapped"]), .event(.progress(0.5)),
            .event(.note("damaged_frames")),
            .event(.initialization(track: "v240", file: "v240/init.mp4", codec: "avc1.64000d")),
            Self.segment(0), Self.segment(1), .done(frames: 3),
        ] { #expect(throws: Never.self) { try words.check(reply) } }
    }

    @Test("An impossible plan, segment or note is an error") func lies() throws {
        var words = try words()
        var plan = PipelineFixture.plan
        plan.video?.ranges = [SegmentRange(first: 0, count: .max)]
        var endless = Self.record()
        endless.ticks = .max
        for reply in [
            probed(plan), probed(PipelineFixture.plan, notes: ["<script>"]), .event(.note("Not a code")),
            .event(.segment(track: "v240", file: "v240/00001.m4s", record: endless)),
            Self.segment(0, track: "v360"),
            .event(.segment(track: "v240", file: "aund/00001.m4s", record: Self.record())),
            .event(.segment(track: "v240", file: "v240/00002.m4s", record: Self.record())),
            .event(.initialization(track: "aund", file: "aund/init.mp4", codec: nil)),
            .event(.initialization(track: "v240", file: "v240/00001.m4s", codec: nil)),
            .event(.image(file: "poster-1.jpg")), .event(.captions(track: "v240", file: "v240/captions.vtt")),
        ] { #expect(throws: TaskFailure.self) { try words.check(reply) } }
    }

    @Test(
        "A range counts only with every segment, each once and in order",
        arguments: [[], [0], [1], [1, 0], [0, 0], [0, 2], [0, 1, 1], [0, 1, 2]])
    func ranges(indices: [Int]) throws {
        let video = try #require(PipelineFixture.plan.video)
        let audio = try #require(PipelineFixture.plan.audio.first)
        let range = SegmentRange(first: 0, count: 2)
        let works: [(ChildRequest.Work, track: String, first: Int)] = [
            (.video(video, range: range, rungs: ["v240", "v360"]), "v360", 0),
            (.passthrough(video, rung: "v360", range: SegmentRange(first: 1, count: 2)), "v360", 1),
            (.audio(audio, range: SegmentRange(first: 1, count: 2)), "aund", 1),
        ]
        for (work, track, first) in works {
            var words = ChildEventValidator(for: work)
            if case .video = work { for index in 0..<2 { _ = try words.check(Self.segment(index)) } }
            #expect(throws: TaskFailure.self) {
                for index in indices { _ = try words.check(Self.segment(first + index, track: track)) }
                _ = try words.check(.done(frames: 1))
            }
        }
    }

    @Test("Images have their own names, each once, and no more come than are planned") func stills() throws {
        let names = ["poster-1.jpg", "poster-small.webp", "storyboard-1.jpg", "storyboard-2.jpg"]
        var plan = PipelineFixture.plan
        plan.images.smallPosterWidth = 480
        plan.images.storyboard = Storyboard(
            intervalMilliseconds: 1000, tileCount: 12, tileWidth: 160, tileHeight: 90, columns: 2, rows: 3)
        var words = ChildEventValidator(for: .images(plan))
        for name in names { _ = try words.check(.event(.image(file: name))) }
        for name in names + ["poster-2.jpg", "storyboard-3.jpg", "main.m3u8", "v240/00001.m4s"] {
            #expect(throws: TaskFailure.self, "\(name)") { try words.check(.event(.image(file: name))) }
        }
        plan.images.smallPosterWidth = nil
        words = ChildEventValidator(for: .images(plan))
        _ = try words.check(.event(.image(file: "poster-1.jpg")))
        #expect(throws: TaskFailure.self) { try words.check(.event(.image(file: "poster-small.webp"))) }
    }

    @Test("Captions of a track come once, so that they cannot fill the parent's memory") func captionsOnce() throws {
        var plan = PipelineFixture.plan
        plan.subtitles = [
            SubtitlePlan(
                name: "seng", language: "eng", streamIndex: 2, sourceTimeBase: Rational(1, 1000), origin: 0,
                isForced: false, isForHearingImpaired: false)
        ]
        var words = ChildEventValidator(for: .subtitles(plan))
        let captions = ChildEvent.event(.captions(track: "seng", file: "seng/captions.vtt"))
        _ = try words.check(captions)
        #expect(throws: TaskFailure.self) { try words.check(captions) }
    }

    @Test("The number of notes is limited") func chatter() throws {
        var words = try words()
        #expect(throws: TaskFailure.self) {
            for number in 0..<1000 { _ = try words.check(.event(.note("note_\(number)"))) }
        }
    }

    @Test("Sentences lose control characters and are shortened") func sentences() throws {
        var words = try words()
        let long = "bad\u{1B}[2J\u{202E}\n" + String(repeating: "x", count: 100_000)
        guard case .rejected(let rejection) = try words.check(.rejected(Rejection(.undecodable, long))),
            case .failed(let reason) = try words.check(.failed(long))
        else { throw TaskFailure(.unexpected, "another reply came out") }
        for text in [rejection.detail, reason] {
            #expect(text.hasPrefix("bad\u{FFFD}[2J\u{FFFD} x") && text.count < 2100)
        }
    }
}
