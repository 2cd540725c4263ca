import Accounts
import Catalog
import MediaModel
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("Blocked videos") struct BlockingTests {
    @Test("A block hides the state and preserves it; processing continues", arguments: DatabaseEngine.allCases)
    func making(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                #expect(try Videos.apply(.sourceStored, to: "vid_1", at: 20, in: connection))
                #expect(try Videos.block("vid_1", reason: "spam", at: 30, in: connection))
                #expect(try !Videos.block("vid_1", reason: "other", at: 31, in: connection))
                #expect(try !Videos.block("vid_none", reason: "x", at: 31, in: connection))
                let blocked = try Videos.find(id: "vid_1", in: connection)
                #expect(blocked?.state == .blocked && blocked?.making == .processing)
                #expect(blocked?.block == VideoBlock(reason: "spam", at: 30, making: .processing))
                // Jobs continue as without a block.
                #expect(try Videos.setPlayable("vid_1", generation: 1, at: 40, in: connection))
                #expect(try Videos.setReady("vid_1", generation: 1, at: 50, in: connection))
                #expect(try Videos.find(id: "vid_1", in: connection)?.state == .blocked)
                #expect(try Videos.listPublic(limit: 9, in: connection).isEmpty)
                #expect(try Videos.lock(id: "vid_1", in: connection)?.state == .blocked)
                #expect(try Videos.unblock("vid_1", at: 60, in: connection))
                #expect(try !Videos.unblock("vid_1", at: 61, in: connection))
                let open = try #require(try Videos.find(id: "vid_1", in: connection))
                #expect(open.state == .ready && open.block == nil && open.generation == 1 && open.updatedAt == 60)
                #expect(try Videos.listPublic(limit: 9, in: connection).map(\.id) == ["vid_1"])
            }
        }
    }

    @Test(
        "Unblocking a state that was written by hand gives the state that the video had reached",
        arguments: DatabaseEngine.allCases)
    func byHand(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                for (reach, state) in [
                    ("", VideoState.draft), ("failure_code = 'internal'", .failed), ("playable_at = 5", .playable),
                    ("ready_at = 6", .ready),
                ] {
                    if !reach.isEmpty { try connection.execute("UPDATE videos SET \(reach) WHERE id = 'vid_1'") }
                    try connection.execute("UPDATE videos SET state = 'blocked' WHERE id = 'vid_1'")
                    #expect(try Videos.find(id: "vid_1", in: connection)?.state == .blocked)
                    #expect(try !Videos.block("vid_1", reason: "x", at: 7, in: connection))
                    #expect(try Videos.unblock("vid_1", at: 7, in: connection))
                    #expect(try Videos.find(id: "vid_1", in: connection)?.state == state)
                }
            }
        }
    }

    @Test(
        "Operators find videos by visible state and by owner", arguments: DatabaseEngine.allCases
    )
    func listing(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await database.transaction { connection in
                try Users.insert(.sample("usr_2"), in: connection)
                for (id, owner, state) in [
                    ("vid_2", "usr_1", VideoState.ready), ("vid_3", "usr_2", .ready), ("vid_4", "usr_2", .failed),
                ] {
                    try Videos.insert(
                        Video(id: id, ownerID: owner, title: id, state: state, createdAt: 10), in: connection)
                }
                #expect(try Videos.block("vid_3", reason: "x", at: 1, in: connection))
                func ids(_ filter: Videos.Filter) throws -> [String] {
                    try Videos.list(filter, in: connection).map(\.id)
                }
                #expect(try ids(.init()) == ["vid_4", "vid_3", "vid_2", "vid_1"])
                #expect(try ids(.init(limit: 2)) == ["vid_4", "vid_3"])
                #expect(try ids(.init(states: [.ready])) == ["vid_2"])
                #expect(try ids(.init(states: [.blocked])) == ["vid_3"])
                #expect(try ids(.init(states: [.blocked, .failed], ownerID: "usr_2")) == ["vid_4", "vid_3"])
                #expect(try ids(.init(states: [.blocked], ownerID: "usr_1")) == [])
                #expect(
                    Set(try Videos.find(ids: ["vid_1", "vid_3", "vid_x"], in: connection).map(\.id)) == [
                        "vid_1", "vid_3",
                    ])
                #expect(try Videos.find(ids: [String](), in: connection).isEmpty)
                #expect(
                    Set(try Users.find(ids: ["usr_1", "usr_2", "usr_x"], in: connection).map(\.id)) == [
                        "usr_1", "usr_2",
                    ])
                // A video that was inserted as blocked is read as blocked.
                var video = Video(id: "vid_5", ownerID: "usr_1", title: "-", state: .blocked, createdAt: 10)
                video.block = VideoBlock(reason: "r", at: 9, making: .playable)
                try Videos.insert(video, in: connection)
                #expect(try Videos.find(id: "vid_5", in: connection) == video)
            }
        }
    }
}
