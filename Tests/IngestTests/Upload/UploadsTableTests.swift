import Catalog
import Ingest
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("The uploads table", .timeLimit(.minutes(2)))
struct UploadsTableTests {
    @Test("Of two that complete an upload, one does", arguments: DatabaseEngine.allCases)
    func upload(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            var upload = Upload(
                id: "upl_1", ownerID: "usr_1", videoID: nil, kind: .final, length: nil, metadata: "filename eA==",
                parts: ["upl_2", "upl_3"], tokenHash: "t", createdAt: 1, expiresAt: 50)
            let first = upload
            upload.videoID = "vid_1"
            upload.length = 7
            upload.expiresAt = 60
            let second = upload
            try await database.transaction { connection in
                try Uploads.insert(first, in: connection)
                #expect(try Uploads.find(id: "upl_1", in: connection) == first)
                #expect(try Uploads.update(second, in: connection))
                #expect(try Uploads.list(video: "vid_1", in: connection) == [second])
                #expect(try Uploads.listExpired(at: 59, in: connection).isEmpty)
                #expect(try Uploads.listExpired(at: 60, in: connection) == [second])
                #expect(try Uploads.apply(.complete, to: "upl_1", in: connection))
                #expect(try !Uploads.apply(.complete, to: "upl_1", in: connection))
                #expect(try !Uploads.apply(.supersede, to: "upl_1", in: connection))
                #expect(try Uploads.find(id: "upl_1", in: connection)?.state == .complete)
                #expect(try Uploads.delete("upl_1", in: connection))
                #expect(try !Uploads.delete("upl_1", in: connection))
            }
        }
    }

    @Test("An upload's row outlives its video, so that its bytes are still removed", arguments: DatabaseEngine.allCases)
    func deletedVideo(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Uploads.insert(
                    Upload(
                        id: "upl_1", ownerID: "usr_1", videoID: "vid_1", length: 1, metadata: nil, tokenHash: "t",
                        createdAt: 1, expiresAt: 2), in: connection)
                #expect(try Videos.delete("vid_1", in: connection))
                let upload = try #require(try Uploads.find(id: "upl_1", in: connection))
                #expect(upload.videoID == nil && upload.isOrphaned)
            }
        }
    }

    @Test(
        "An event changes a row exactly as the table of states says",
        arguments: DatabaseEngine.allCases, [UploadEvent.receive, .complete, .supersede, .terminate])
    func events(on engine: DatabaseEngine, event: UploadEvent) async throws {
        try await withCatalog(engine) { database in
            for state in UploadState.allCases {
                let upload = Upload(
                    id: "upl_\(state)", ownerID: "usr_1", videoID: nil, length: 1, metadata: nil, tokenHash: "t",
                    state: state, createdAt: 1, expiresAt: 2)
                let (isAllowed, after) = try await database.transaction { connection in
                    try Uploads.insert(upload, in: connection)
                    let isAllowed = try Uploads.apply(event, to: upload.id, in: connection)
                    return (isAllowed, try Uploads.find(id: upload.id, in: connection)?.state)
                }
                switch state.transition(on: event) {
                case .state(let next): #expect(isAllowed && after == next)
                case .refused, .deleted: #expect(!isAllowed && after == state)
                }
            }
        }
    }
}
