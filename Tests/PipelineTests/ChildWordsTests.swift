import Jobs
import MediaModel
import Testing
import Transcoder

@testable import Ingest
@testable import Pipeline

@Suite("Words of a taken-over child") struct ChildWordsTests {
    private static let record = SegmentRecord(
        index: 0, byteCount: 900, ticks: 64_000, frames: 96, keyFrameByteCount: 300)

    private func words() throws -> ChildWords {
        let video = try #require(PipelineFixture.plan.video)
        return ChildWords(about: .video(video, range: SegmentRange(first: 0, count: 2), rungs: ["v240"]))
    }

    private func probed(_ plan: EncodingPlan, notes: [String] = []) -> ChildReply {
        let facts = SourceFacts(
            container: "mp4", byteCount: 1, durationMilliseconds: 10_000, video: nil, audio: nil, coverStream: nil,
            notes: notes)
        return .probed(ProbeResult(facts: facts, plan: plan))
    }

    @Test("What an honest child says is taken as it is") func honest() throws {
        var words = try words()
        for reply in [
            probed(PipelineFixture.plan, notes: ["hdr_tone_mapped"]), .done(pictures: 3), .event(.progress(0.5)),
            .event(.note("damaged_frames")), .event(.image(file: "poster-1.jpg")),
            .event(.initialization(track: "v240", file: "v240/init.mp4", codec: "avc1.64000d")),
            .event(.segment(track: "v240", file: "v240/00001.m4s", record: Self.record)),
        ] { #expect(throws: Never.self) { try words.check(reply) } }
    }

    @Test("A plan, a segment or a note that cannot be ends the child") func lies() throws {
        var words = try words()
        var plan = PipelineFixture.plan
        plan.video?.ranges = [SegmentRange(first: 0, count: .max)]
        var endless = Self.record
        endless.ticks = .max
        for reply in [
            probed(plan), probed(PipelineFixture.plan, notes: ["<script>"]), .event(.note("Not a code")),
            .event(.segment(track: "v240", file: "v240/00001.m4s", record: endless)),
            .event(.segment(track: "v360", file: "v360/00001.m4s", record: Self.record)),
            .event(.segment(track: "v240", file: "aund/00001.m4s", record: Self.record)),
            .event(.initialization(track: "aund", file: "aund/init.mp4", codec: nil)),
        ] { #expect(throws: TaskFailure.self) { try words.check(reply) } }
    }

    @Test("A child that goes on noting things is stopped") func chatter() throws {
        var words = try words()
        #expect(throws: TaskFailure.self) {
            for number in 0..<1000 { _ = try words.check(.event(.note("note_\(number)"))) }
        }
    }

    @Test("Sentences come without what would steer a terminal, and not for ever") func sentences() throws {
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
