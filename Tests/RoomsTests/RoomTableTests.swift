import Accounts
import Catalog
import Ground
import Rooms
import SQL
import SQLFixtures
import Schema
import Testing

@Suite("The rooms table")
struct RoomTableTests {
    private func room(_ letter: Character, visibility: RoomVisibility = .public) -> RoomRecord {
        RoomRecord(
            id: "room_" + String(repeating: letter, count: 26), ownerID: "usr_1", videoID: "vid_1", name: "Film",
            mode: .host, visibility: visibility, slowModeSeconds: 5, createdAt: 10)
    }

    @Test("A stored room is found, updated and deleted", arguments: DatabaseEngine.allCases)
    func life(on engine: DatabaseEngine) async throws {
        try await withRooms(engine) { database in
            let made = room("a")
            var changed = made
            (changed.name, changed.mode, changed.visibility) = ("Other", .everyone, .unlisted)
            try await database.transaction { connection throws in
                #expect(try RoomTable.insert(made, in: connection))
                #expect(try RoomTable.find(id: made.id, in: connection) == made)
            }
            try await database.transaction { [changed] connection throws in
                #expect(try RoomTable.update(changed, in: connection))
                #expect(try RoomTable.find(id: changed.id, in: connection) == changed)
                try RoomTable.touch(id: changed.id, video: "vid_1", at: 77, in: connection)
                #expect(try RoomTable.find(id: changed.id, in: connection)?.usedAt == 77)
                #expect(try RoomTable.deleteUnused(since: 77, in: connection) == 0)
                #expect(try RoomTable.deleteUnused(since: 78, in: connection) == 1)
                #expect(try !RoomTable.update(changed, in: connection))
                #expect(try !RoomTable.delete(id: changed.id, in: connection))
            }
        }
    }

    @Test("Public rooms are listed newest first, page by page", arguments: DatabaseEngine.allCases)
    func list(on engine: DatabaseEngine) async throws {
        try await withRooms(engine) { database in
            try await database.transaction { connection throws in
                for letter in "abcxyz" { _ = try RoomTable.insert(room(letter), in: connection) }
                _ = try RoomTable.insert(room("d", visibility: .unlisted), in: connection)
                let first = try RoomTable.list(before: nil, limit: 4, in: connection)
                #expect(first.map { $0.id.last } == ["z", "y", "x", "c"])
                let rest = try RoomTable.list(before: first.last?.id, limit: 4, in: connection)
                #expect(rest.map { $0.id.last } == ["b", "a"])
            }
        }
    }

    @Test("Concurrent inserts do not exceed the limit of an account", arguments: DatabaseEngine.allCases)
    func race(on engine: DatabaseEngine) async throws {
        try await withRooms(engine) { database in
            let made = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<(RoomTable.limit + 20) {
                    var room = room("a")
                    room.id = "room_" + String(repeating: "0", count: 24) + String(number + 10)
                    group.addTask { [room] in
                        try await database.transaction { try RoomTable.insert(room, in: $0) }
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == RoomTable.limit)
        }
    }

    @Test(
        "Rooms are deleted with their video, and the number of an account's rooms is limited",
        arguments: DatabaseEngine.allCases)
    func limits(on engine: DatabaseEngine) async throws {
        try await withRooms(engine) { database in
            try await database.transaction { connection throws in
                for number in 0..<RoomTable.limit {
                    var room = room("a")
                    room.id = "room_" + String(repeating: "0", count: 24) + String(number + 10)
                    #expect(try RoomTable.insert(room, in: connection))
                }
                #expect(try !RoomTable.insert(room("b"), in: connection))
                _ = try Videos.delete("vid_1", in: connection)
                #expect(try RoomTable.list(before: nil, limit: 100, in: connection).isEmpty)
            }
        }
    }

    /// Runs `body` with a database of the newest schema that holds one user, `usr_1`, and one video of theirs, `vid_1`.
    private func withRooms(_ engine: DatabaseEngine, _ body: (any Database) async throws -> Void) async throws {
        try await TestDatabase.with(engine) { test in
            let database = test.database
            try await Schema.prepare(database, clock: WallClock { 1 })
            try await database.transaction { connection in
                let owner = User(
                    id: "usr_1", email: "usr_1@Example.org", username: "Name-usr_1", passwordHash: "hash",
                    passwordScheme: "bcrypt-sha256", createdAt: 5)
                try Users.insert(owner, in: connection)
                try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 10), in: connection)
            }
            try await body(database)
        }
    }
}
