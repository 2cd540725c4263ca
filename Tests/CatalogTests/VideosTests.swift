import Accounts
import Catalog
import Ground
import MediaModel
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("Videos")
struct VideosTests {
    private static func video(_ database: any Database, _ id: String = "vid_1") async throws -> Video? {
        try await database.read { try Videos.find(id: id, in: $0) }
    }

    @Test("An unknown owner is refused", arguments: DatabaseEngine.allCases)
    func owner(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let failure = await #expect(throws: SQLFailure.self) {
                try await database.transaction { connection in
                    try Videos.insert(Video(id: "vid_2", ownerID: "usr_9", title: "", createdAt: 1), in: connection)
                }
            }
            #expect(failure?.code == .constraint(.foreignKey))
        }
    }

    @Test("Generation and times are set once on the way to ready", arguments: DatabaseEngine.allCases)
    func life(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let steps = try await database.transaction { connection in
                [
                    try Videos.apply(.uploadBegan, to: "vid_1", at: 11, in: connection),
                    try Videos.apply(.segmentsAvailable, to: "vid_1", at: 12, in: connection),
                    try Videos.apply(.sourceStored, to: "vid_1", at: 13, in: connection),
                    try Videos.setFindings(
                        "vid_1", durationMilliseconds: 5000, notes: ["damaged"], at: 14, in: connection),
                    try Videos.setPlayable("vid_1", generation: 1, at: 15, in: connection),
                    try Videos.setPlayable("vid_1", generation: 1, at: 16, in: connection),
                    try Videos.setReady("vid_1", generation: 1, at: 17, in: connection),
                    try Videos.setReady("vid_1", generation: 2, at: 18, in: connection),
                    try Videos.setReady("vid_1", generation: 1, at: 19, in: connection),
                    try Videos.fail("vid_1", .mediaError, "late", at: 20, in: connection),
                    try Videos.reject("vid_1", Rejection(.empty, "late"), at: 21, in: connection),
                ]
            }
            #expect(steps == [true, false, true, true, true, false, true, true, false, false, false])
            let video = try #require(try await Self.video(database))
            #expect(video.state == .ready)
            #expect(video.generation == 2)
            #expect([video.playableAt, video.readyAt, video.updatedAt] == [15, 17, 18])
            #expect(video.durationMilliseconds == 5000)
            #expect(video.notes == ["damaged"])
            #expect(video.failureCode == nil && video.rejection == nil)
        }
    }

    @Test("Processing of a failed video can be resumed", arguments: DatabaseEngine.allCases)
    func resuming(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Videos.apply(.sourceStored, to: "vid_1", at: 11, in: connection)
                #expect(try Videos.fail("vid_1", .storageError, "disk", at: 12, in: connection))
                #expect(try Videos.find(id: "vid_1", in: connection)?.failureCode == .storageError)
                #expect(try Videos.resume("vid_1", at: 13, in: connection))
                #expect(try Videos.find(id: "vid_1", in: connection)?.state == .processing)
                try Videos.setPlayable("vid_1", generation: 1, at: 14, in: connection)
                try Videos.fail("vid_1", .storageError, "disk", at: 15, in: connection)
                #expect(try Videos.resume("vid_1", at: 16, in: connection))
                #expect(try !Videos.resume("vid_1", at: 17, in: connection))
                let video = try Videos.find(id: "vid_1", in: connection)
                #expect(video?.state == .playable)
                #expect(video?.failureCode == nil && video?.failureDetail == nil)
            }
        }
    }

    @Test("New details replace title and description, and nothing else", arguments: DatabaseEngine.allCases)
    func details(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            var expected = try #require(try await Self.video(database))
            let details = VideoDetails(title: "New", description: "Text")
            let (known, unknown) = try await database.transaction { connection in
                (
                    try Videos.setDetails(details, of: "vid_1", at: 12, in: connection),
                    try Videos.setDetails(details, of: "vid_2", at: 12, in: connection)
                )
            }
            #expect(known && !unknown)
            (expected.title, expected.description, expected.updatedAt) = ("New", "Text", 12)
            let video = try #require(try await Self.video(database))
            #expect(video == expected && video.details == details)
        }
    }

    @Test("A rejection is stored with its code and text", arguments: DatabaseEngine.allCases)
    func rejection(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let rejection = Rejection(.unsupportedCodec, "The video is of codec “foo”.")
            let done = try await database.transaction { try Videos.reject("vid_1", rejection, at: 12, in: $0) }
            #expect(done)
            let video = try await Self.video(database)
            #expect(video?.state == .rejected)
            #expect(video?.rejection == rejection)
        }
    }

    @Test("Pages list every video once, newest first", arguments: DatabaseEngine.allCases)
    func pages(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let identifiers = (0..<25).map { Identifier.make(prefix: .video, at: Int64($0 / 3)) }
            try await database.transaction { connection in
                try Users.insert(.sample("usr_2"), in: connection)
                for (position, id) in identifiers.enumerated() {
                    var video = Video(id: id, ownerID: "usr_2", title: "", createdAt: 1)
                    video.state = position.isMultiple(of: 5) ? .ready : .playable
                    try Videos.insert(video, in: connection)
                }
            }
            var seen: [String] = []
            var page: [Video] = []
            repeat {
                let cursor = seen.last
                page = try await database.read { try Videos.list(owner: "usr_2", before: cursor, limit: 7, in: $0) }
                #expect(page.count <= 7)
                seen += page.map(\.id)
            } while !page.isEmpty
            #expect(seen == identifiers.sorted().reversed())
            let open = try await database.read { try Videos.listPublic(limit: 100, in: $0) }
            #expect(open.count == 5 && open.allSatisfy { $0.state == .ready })
        }
    }

    @Test("Deleting a video deletes its source, generations, ledger and jobs", arguments: DatabaseEngine.allCases)
    func deletion(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Sources.insert(
                    Source(videoID: "vid_1", objectKey: "k", byteCount: 1, fileName: "f", createdAt: 1), in: connection)
                try Generations.insert(Generation(videoID: "vid_1", number: 1, createdAt: 1), in: connection)
                try SegmentLedger.record(
                    SegmentLedgerEntry(
                        videoID: "vid_1", generation: 1, track: "v240", firstSegment: 0, segmentCount: 1, epoch: 1,
                        segments: [], createdAt: 1), in: connection)
                try connection.execute(
                    "INSERT INTO jobs (id, video_id, generation, kind, state, created_at) VALUES ($1, $2, 1, $3, $4, 1)",
                    ["job_1", "vid_1", "process", "queued"])
                #expect(try Videos.delete("vid_1", in: connection))
                #expect(try !Videos.delete("vid_1", in: connection))
                #expect(try Sources.find(video: "vid_1", in: connection) == nil)
                #expect(try Generations.states(video: "vid_1", in: connection).isEmpty)
                #expect(try SegmentLedger.entries(video: "vid_1", generation: 1, in: connection).isEmpty)
                #expect(try connection.query("SELECT id FROM jobs").isEmpty)
            }
        }
    }
}
