import Catalog
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("Captions")
struct CaptionsTests {
    private func record(_ language: String, generation: Int = 0, _ text: String = "WEBVTT\n") -> CaptionRecord {
        CaptionRecord(
            videoID: "vid_1", generation: generation, track: "s\(language)", language: language, label: "Ü \(language)",
            isForced: generation > 0, webVTT: text, createdAt: 7)
    }

    @Test("Uploaded captions replace earlier uploaded captions of the language", arguments: DatabaseEngine.allCases)
    func sending(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection throws in
                #expect(try Captions.put(record("en"), in: connection) == false)
                #expect(try Captions.put(record("en", "WEBVTT\n\nanew"), in: connection) == true)
                #expect(try Captions.put(record("de"), in: connection) == false)
                let found = try Captions.find(video: "vid_1", generation: 0, track: "sen", in: connection)
                #expect(found == record("en", "WEBVTT\n\nanew"))
                var expected = record("de")
                expected.webVTT = ""
                let listed = try Captions.list(videos: ["vid_0", "vid_1"], in: connection)
                #expect(listed.map(\.language) == ["de", "en"] && listed.first == expected)
                #expect(try Captions.delete(video: "vid_1", language: "en", in: connection))
                #expect(try !Captions.delete(video: "vid_1", language: "en", in: connection))
                #expect(try Captions.list(videos: [], in: connection).isEmpty)
            }
        }
    }

    @Test(
        "Captions of the source belong to their generation and are deleted with it", arguments: DatabaseEngine.allCases)
    func reading(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection throws in
                for number in 1...2 {
                    try Generations.insert(
                        Generation(videoID: "vid_1", number: number, createdAt: 1), in: connection)
                    try Captions.setExtracted(
                        [record("en", generation: number), record("fr", generation: number)], video: "vid_1",
                        generation: number, in: connection)
                }
                // A second attempt at the same task.
                try Captions.setExtracted(
                    [record("en", generation: 2)], video: "vid_1", generation: 2, in: connection)
                _ = try Captions.put(record("en"), in: connection)
                #expect(try Captions.list(videos: ["vid_1"], in: connection).map(\.generation) == [0, 1, 1, 2])
                try Generations.remove(video: "vid_1", number: 1, in: connection)
                #expect(try Captions.list(videos: ["vid_1"], in: connection).map(\.generation) == [0, 2])
                #expect(try Videos.delete("vid_1", in: connection))
                #expect(try Captions.list(videos: ["vid_1"], in: connection).isEmpty)
            }
        }
    }

    @Test("The number of captions of a video is limited", arguments: DatabaseEngine.allCases)
    func limit(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection throws in
                for number in 0..<Captions.limit {
                    #expect(try Captions.put(record("l\(number)"), in: connection) == false)
                }
                #expect(try Captions.put(record("one-more"), in: connection) == nil)
                #expect(try Captions.put(record("l7"), in: connection) == true)
                #expect(try Captions.list(videos: ["vid_1"], in: connection).count == Captions.limit)
            }
        }
    }
}
