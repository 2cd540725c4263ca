import Ground
import SQL
import SQLFixtures
import Schema
import SchemaFixtures
import Testing

@testable import Accounts

@Suite("Names that look alike", .timeLimit(.minutes(1)))
struct LookAlikeNamesTests {
    @Test(
        "A user is found by a name that looks alike, and no second user may have such a name",
        arguments: DatabaseEngine.allCases)
    func lookAlikes(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let alice = try await database.transaction { connection in
                var alice = User.sample("usr_2")
                alice.username = "Alice"
                try Users.insert(alice, in: connection)
                return alice
            }
            for name in ["alice", "ALICE", "а1ісе", "al\u{200D}ice", "ａｌｉｃｅ"] {
                let found = try await database.read { try Users.find(lookingLike: name, in: $0) }
                #expect(found == alice)
            }
            for name in ["", "\u{200D}", "alicia", "bob"] {
                let found = try await database.read { try Users.find(lookingLike: name, in: $0) }
                #expect(found == nil)
            }
            let failure = await #expect(throws: AccountsError.self) {
                try await database.transaction { connection in
                    var other = User.sample("usr_3")
                    other.username = "A1ice"
                    try Users.insert(other, in: connection)
                }
            }
            #expect(failure == .usernameTaken)
            let left = try await database.read { try Users.find(id: "usr_3", in: $0) }
            #expect(left == nil)
            // These look alike as a whole, which matters for guests, but not letter by letter.
            for (id, name) in [("usr_4", "corn3r"), ("usr_5", "com3r"), ("usr_6", "Ian"), ("usr_7", "Lan")] {
                try await database.transaction { connection in
                    var user = User.sample(id)
                    user.username = name
                    try Users.insert(user, in: connection)
                }
            }
            let first = try await database.read { try Users.find(lookingLike: "Сom3r", in: $0) }
            #expect(first?.id == "usr_4")
        }
    }

    @Test("The migration's SQL expression gives the same result as the function", arguments: DatabaseEngine.allCases)
    func expression(on engine: DatabaseEngine) async throws {
        var random = SystemRandomNumberGenerator()
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789_-.")
        let names = (0..<300).map { _ in
            String(
                (0..<Int.random(in: 3...32, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" })
        }
        try await TestDatabase.with(engine) { test in
            for name in names + [String(letters)] {
                let shown = String(name.map { Bool.random() ? Character($0.uppercased()) : $0 })
                let row = try await test.database.read {
                    try $0.query(
                        """
                        SELECT \(AccountsSchema.asciiSkeleton("CAST($1 AS TEXT)")) AS skeleton,
                            \(AccountsSchema.accountSkeleton("CAST($2 AS TEXT)")) AS account
                        """, [.text(name), .text(shown)]
                    ).first
                }
                #expect(try row?.text("skeleton") == NameSkeleton.of(name))
                #expect(try row?.text("account") == NameSkeleton.ofAccount(shown))
            }
        }
    }

    @Test(
        "Users from before the migration keep their names; of names that look alike, the oldest gets the look-alike key",
        arguments: DatabaseEngine.allCases)
    func migration(on engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { test in
            let before = Array(Schema.migrations.prefix { !$0.name.contains("look-alike") })
            try await Migrator.migrate(test.database, before)
            try await test.database.transaction { connection in
                for (id, name) in [("usr_2", "a1ice"), ("usr_1", "Alice"), ("usr_3", "bob")] {
                    try connection.execute(
                        """
                        INSERT INTO users (id, email, email_ci, username, username_ci, password_hash, password_scheme, role,
                            created_at) VALUES ($1, $1, $1, $2, $3, '', '', 'creator', 1)
                        """, [.text(id), .text(name), .text(name.lowercased())])
                }
            }
            try await Schema.prepare(test.database)
            for (name, id) in [("ALICE", "usr_1"), ("b0b", "usr_3")] {
                let found = try await test.database.read { try Users.find(lookingLike: name, in: $0) }
                #expect(found?.id == id)
            }
            let second = try await test.database.read { try Users.find(username: "a1ice", in: $0) }
            #expect(second?.id == "usr_2")
        }
    }
}
