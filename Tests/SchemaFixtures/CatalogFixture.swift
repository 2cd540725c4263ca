public import Accounts
internal import Catalog
internal import Ground
public import SQL
public import SQLFixtures
internal import Schema

/// Runs `body` with a database of the newest schema that holds one user, `usr_1`, and one video of theirs, `vid_1`.
public func withCatalog(_ engine: DatabaseEngine, _ body: (any Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine) { test in
        let database = test.database
        try await Schema.prepare(database, clock: WallClock { 1 })
        try await database.transaction { connection in
            try Users.insert(.sample("usr_1"), in: connection)
            try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 10), in: connection)
        }
        try await body(database)
    }
}

extension User {
    /// A user whose address and name are made from the identifier.
    public static func sample(_ id: String) -> User {
        User(
            id: id, email: "\(id)@Example.org", username: "Name-\(id)", passwordHash: "hash",
            passwordScheme: "bcrypt-sha256", createdAt: 5)
    }
}
