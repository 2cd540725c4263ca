import Accounts
import Catalog
import MediaModel
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

/// Each record with a value in every property is read as it was stored: neither its columns, its values nor its `init(_ row:)`
/// forgets or swaps one. A new property without a value in the sample fails too.
@Suite("Records and their rows")
struct RecordsTests {
    private func check<Record: Sendable>(
        _ sample: Record, on engine: DatabaseEngine, sourceLocation: SourceLocation = #_sourceLocation,
        _ insertAndRead: @escaping @Sendable (Record, any SQLConnection) throws -> Record?
    ) async throws {
        #expect(RecordComparison.unsuitable(sample) == [], sourceLocation: sourceLocation)
        try await withCatalog(engine) { database in
            let read = try await database.transaction { try insertAndRead(sample, $0) }
            #expect(RecordComparison.differences(sample, read) == [], sourceLocation: sourceLocation)
        }
    }

    @Test("A video", arguments: DatabaseEngine.allCases)
    func video(on engine: DatabaseEngine) async throws {
        var video = Video(id: "vid_2", ownerID: "usr_1", title: "T", description: "D\n🎬", state: .blocked, createdAt: 3)
        video.block = VideoBlock(reason: "spam", at: 2, making: .ready)
        video.rejectionCode = .truncated
        video.rejectionDetail = "r"
        video.failureCode = .childCrashed
        video.failureDetail = "f"
        video.generation = 7
        video.durationMilliseconds = 4_000_000_000
        video.notes = ["hdr_tone_mapped", "\"quoted\""]
        video.updatedAt = 4
        video.playableAt = 5
        video.readyAt = 6
        #expect(video.rejection == Rejection(.truncated, "r"))
        try await check(video, on: engine) { video, connection in
            try Videos.insert(video, in: connection)
            return try Videos.find(id: video.id, in: connection)
        }
    }

    @Test("A source", arguments: DatabaseEngine.allCases)
    func source(on engine: DatabaseEngine) async throws {
        let facts = SourceFacts(
            container: "mp4", byteCount: 1, durationMilliseconds: 2, video: nil, audio: nil, coverStream: 1,
            notes: ["damaged"])
        let source = Source(
            videoID: "vid_1", objectKey: "sources/vid_1/original", byteCount: 1 << 40, fileName: "ü.mov", sha256: "ab",
            facts: facts, createdAt: 3)
        try await check(source, on: engine) { source, connection in
            try Sources.insert(source, in: connection)
            return try Sources.find(video: source.videoID, in: connection)
        }
    }

    @Test("A generation", arguments: DatabaseEngine.allCases)
    func generation(on engine: DatabaseEngine) async throws {
        let generation = Generation(
            videoID: "vid_1", number: 3, state: .playable, plan: .sample, carriesFrom: 2, createdAt: 4)
        try await check(generation, on: engine) { generation, connection in
            try Generations.insert(generation, in: connection)
            return try Generations.find(video: generation.videoID, number: generation.number, in: connection)
        }
    }

    @Test("An entry of the ledger", arguments: DatabaseEngine.allCases)
    func ledgerEntry(on engine: DatabaseEngine) async throws {
        let entry = SegmentLedgerEntry(
            videoID: "vid_1", generation: 2, track: "v720", firstSegment: 3, segmentCount: 1, epoch: 5,
            segments: [SegmentRecord(index: 3, byteCount: 10, ticks: 20, frames: 30, keyFrameByteCount: 40)],
            createdAt: 6)
        try await check(entry, on: engine) { entry, connection in
            try SegmentLedger.record(entry, in: connection)
            return try SegmentLedger.entries(video: entry.videoID, generation: 2, in: connection).first
        }
    }

    @Test("Captions", arguments: DatabaseEngine.allCases)
    func captions(on engine: DatabaseEngine) async throws {
        let captions = CaptionRecord(
            videoID: "vid_1", generation: 2, track: "sen", language: "en", label: "Ü", isForced: true,
            isForHearingImpaired: false, webVTT: "WEBVTT\n", createdAt: 7)
        try await check(captions, on: engine) { captions, connection in
            try Captions.setExtracted([captions], video: captions.videoID, generation: 2, in: connection)
            return try Captions.find(video: captions.videoID, generation: 2, track: captions.track, in: connection)
        }
    }

    @Test("A user", arguments: DatabaseEngine.allCases)
    func user(on engine: DatabaseEngine) async throws {
        try await check(User.sample("usr_2"), on: engine) { user, connection in
            try Users.insert(user, in: connection)
            return try Users.find(id: user.id, in: connection)
        }
    }

    @Test("A sample without a value, or with one twice, is not suitable, and a difference is named")
    func comparison() {
        struct Sample {
            var first: Int?
            var second = 1
            var text = "a"
        }
        #expect(RecordComparison.unsuitable(Sample(first: nil)) == ["first"])
        #expect(RecordComparison.unsuitable(Sample(first: 1)) == ["second"])
        #expect(RecordComparison.unsuitable(Sample(first: 2, text: "")) == ["text"])
        #expect(RecordComparison.unsuitable(Sample(first: 2)) == [])
        #expect(RecordComparison.differences(Sample(first: 2), Sample(first: nil)) == ["first"])
        #expect(RecordComparison.differences(Sample(first: 2), nil) == ["missing"])
    }
}
