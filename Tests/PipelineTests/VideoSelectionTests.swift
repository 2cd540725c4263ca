import Catalog
import MediaModel
import SQL
import Testing

@testable import Pipeline

@Suite("Which videos an operator means") struct VideoSelectionTests {
    @Test("All terms are read") func terms() throws {
        let selection = try VideoSelection(parsing: "state=ready+failed,missing-rung=1080,older-than=30d")
        #expect(selection.states == [.ready, .failed])
        #expect(selection.missingRung == 1080 && selection.olderThan == 30 * 86_400_000)
    }

    @Test(
        "Malformed terms are errors",
        arguments: [
            "", "state", "state=", "state=finished", "state=ready,", "state=ready,state=failed", "rung=1080",
            "missing-rung=HD", "missing-rung=-1080", "older-than=30", "older-than=d", "older-than=-1d",
            "older-than=1w", "State=ready", "state=ready failed",
        ])
    func malformed(text: String) {
        #expect(throws: VideoSelection.Malformed.self) { try VideoSelection(parsing: text) }
    }

    @Test("A rung is missing where the source has the lines and the stream has not") func missingRung() async throws {
        let fixture = try await PipelineFixture()
        try await fixture.finishFirst()
        func chosen(_ text: String, height: Int = 1080) async throws -> [String] {
            let (selection, video) = (try VideoSelection(parsing: text), fixture.video)
            return try await fixture.database.transaction { connection in
                try Sources.setFacts(video: video, .sample(height: height), in: connection)
                return try selection.page(after: nil, at: 1_000_000, in: connection).videos
            }
        }
        #expect(try await chosen("missing-rung=1080") == ["vid_test"])
        #expect(try await chosen("missing-rung=1080", height: 720).isEmpty)
        #expect(try await chosen("missing-rung=360").isEmpty)
        #expect(try await chosen("state=failed,missing-rung=1080").isEmpty)
        #expect(try await chosen("state=ready+failed") == ["vid_test"])
        #expect(try await chosen("older-than=10s") == ["vid_test"])
        #expect(try await chosen("older-than=1h").isEmpty)
    }
}

extension SourceFacts {
    static func sample(height: Int) -> SourceFacts {
        SourceFacts(
            container: "mp4", byteCount: 10, durationMilliseconds: 10_000,
            video: VideoFacts(
                streamIndex: 0, codec: "h264", width: height * 16 / 9, height: height,
                sampleAspectRatio: Rational(1), rotation: 0, mirrored: false, timeBase: Rational(1, 1000),
                averageFrameRate: Rational(24), pixelFormat: "yuv420p", interlaced: false,
                color: ColorFacts(primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false),
                frameCount: 240),
            audio: nil, coverStream: nil, notes: [])
    }
}
