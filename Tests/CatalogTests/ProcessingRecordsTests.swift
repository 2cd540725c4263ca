import Catalog
import MediaModel
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("Sources, generations, ledger, uploads")
struct ProcessingRecordsTests {
    @Test("A second source of a video is refused", arguments: DatabaseEngine.allCases)
    func source(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let source = Source(
                videoID: "vid_1", objectKey: "sources/vid_1/original", byteCount: 1 << 40, fileName: "ü.mov",
                sha256: "ab", createdAt: 3)
            let facts = SourceFacts(
                container: "mp4", byteCount: 1, durationMilliseconds: 2, video: nil, audio: nil, coverStream: 1,
                notes: ["damaged"])
            try await database.transaction { try Sources.insert(source, in: $0) }
            await #expect(throws: CatalogError.sourceExists) {
                try await database.transaction { try Sources.insert(source, in: $0) }
            }
            let found = try await database.transaction { connection in
                let before = try Sources.find(video: "vid_1", in: connection)
                try Sources.setFacts(video: "vid_1", facts, in: connection)
                return [before, try Sources.find(video: "vid_1", in: connection)]
            }
            var expected = source
            #expect(found[0] == expected)
            expected.facts = facts
            #expect(found[1] == expected)
        }
    }

    @Test(
        "A plan is set once and is read back unchanged",
        arguments: DatabaseEngine.allCases)
    func generation(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Generations.insert(Generation(videoID: "vid_1", number: 1, createdAt: 2), in: connection)
                #expect(try Generations.setPlan(video: "vid_1", number: 1, .sample, in: connection))
                var other = EncodingPlan.sample
                other.segmentCount = 99
                #expect(try !Generations.setPlan(video: "vid_1", number: 1, other, in: connection))
                try Generations.apply(.finished, to: 1, of: "vid_1", in: connection)
                let found = try Generations.find(video: "vid_1", number: 1, in: connection)
                #expect(found?.plan == .sample)
                #expect(found?.state == .ready)
                #expect(throws: CatalogError.noGeneration(video: "vid_1", number: 2)) {
                    try Generations.apply(.failed, to: 2, of: "vid_1", in: connection)
                }
                try Generations.insert(Generation(videoID: "vid_1", number: 2, createdAt: 2), in: connection)
                #expect(try Generations.latest(video: "vid_1", in: connection)?.number == 2)
                #expect(try Generations.states(video: "vid_1", in: connection).map(\.number) == [1, 2])
            }
        }
    }

    @Test("The ledger has the row of the newest epoch for each range", arguments: DatabaseEngine.allCases)
    func ledger(on engine: DatabaseEngine) async throws {
        func entry(_ track: String, _ first: Int, epoch: Int64, bytes: Int = 1) -> SegmentLedgerEntry {
            SegmentLedgerEntry(
                videoID: "vid_1", generation: 1, track: track, firstSegment: first, segmentCount: 3, epoch: epoch,
                segments: (first..<(first + 3)).map {
                    SegmentRecord(index: $0, byteCount: bytes, ticks: 4, frames: 5, keyFrameByteCount: 6)
                }, createdAt: 7)
        }
        let entries = [entry("v720", 3, epoch: 1), entry("aund", 0, epoch: 1), entry("v720", 0, epoch: 2)]
        let stale = entry("v720", 0, epoch: 1, bytes: 2)
        let newer = entry("v720", 0, epoch: 3, bytes: 3)
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                for entry in entries { #expect(try SegmentLedger.record(entry, in: connection)) }
                #expect(try !SegmentLedger.record(stale, in: connection))
                #expect(
                    try SegmentLedger.entries(video: "vid_1", generation: 1, in: connection)
                        == [entries[1], entries[2], entries[0]])
                #expect(try SegmentLedger.record(newer, in: connection))
                #expect(
                    try SegmentLedger.entries(video: "vid_1", generation: 1, track: "v720", in: connection)
                        == [newer, entries[0]])
                #expect(
                    try SegmentLedger.segmentCounts(video: "vid_1", generation: 1, in: connection) == [
                        "v720": 6, "aund": 3,
                    ])
                #expect(try SegmentLedger.segmentCounts(video: "vid_1", generation: 2, in: connection).isEmpty)
                let exist = try [-1, 0, 2, 3, 5, 6].map {
                    try SegmentLedger.contains(
                        video: "vid_1", generation: 1, track: "v720", segment: $0, in: connection)
                }
                #expect(exist == [false, true, true, true, true, false])
            }
        }
    }
}

extension EncodingPlan {
    /// A short, complete plan with audio only.
    static let sample = EncodingPlan(
        targetSeconds: 4, segmentCount: 1, duration: Rational(4), video: nil, audio: [],
        images: ImagePlan(posters: .waveform, posterSide: 720, storyboard: nil))
}
