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

/// Runs `body` with a database of an older version of the schema that holds a user, `usr_1`, and a video of theirs, `vid_1`, in
/// the columns of version 1; `Schema.prepare` then brings it up to date.
public func withSchema(
    version: Int, _ engine: DatabaseEngine, _ body: (any Database) async throws -> Void
) async throws {
    try await TestDatabase.with(engine) { test in
        try await Migrator.migrate(test.database, Array(Schema.migrations.prefix(version)))
        try await test.database.transaction { connection in
            try connection.execute(
                """
                INSERT INTO users (id, email, email_ci, username, username_ci, password_hash, password_scheme, role,
                    created_at)
                VALUES ('usr_1', 'A@example.org', 'a@example.org', 'Alice', 'alice', 'hash', 'bcrypt-sha256',
                    'creator', 5)
                """)
            try connection.execute(
                """
                INSERT INTO videos (id, owner_id, title, description, state, created_at, updated_at)
                VALUES ('vid_1', 'usr_1', 'One', 'Text', 'draft', 10, 11)
                """)
        }
        try await body(test.database)
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
