import Accounts
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@Suite("Users")
struct UsersTests {
    @Test(
        "A user is found by identifier, e-mail address and name, in upper and lower case",
        arguments: DatabaseEngine.allCases)
    func finding(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let found = try await database.read { connection in
                [
                    try Users.find(id: "usr_1", in: connection),
                    try Users.find(email: "USR_1@example.ORG", in: connection),
                    try Users.find(username: "name-USR_1", in: connection),
                ]
            }
            #expect(found == [.sample("usr_1"), .sample("usr_1"), .sample("usr_1")])
            let missing = try await database.read { try Users.find(id: "usr_2", in: $0) }
            #expect(missing == nil)
        }
    }

    @Test("No two users have the same e-mail address or name", arguments: DatabaseEngine.allCases)
    func taken(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            await #expect(throws: AccountsError.emailTaken) {
                try await database.transaction { connection in
                    var user = User.sample("usr_2")
                    user.email = "usr_1@EXAMPLE.org"
                    try Users.insert(user, in: connection)
                }
            }
            await #expect(throws: AccountsError.usernameTaken) {
                try await database.transaction { connection in
                    var user = User.sample("usr_2")
                    user.username = "NAME-USR_1"
                    try Users.insert(user, in: connection)
                }
            }
            try await database.transaction { try Users.insert(.sample("usr_2"), in: $0) }
        }
    }

    @Test("A password is replaced", arguments: DatabaseEngine.allCases)
    func password(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            let changed = try await database.transaction { connection in
                [
                    try Users.setPassword("usr_1", hash: "new", scheme: "next", in: connection),
                    try Users.setPassword("usr_2", hash: "new", scheme: "next", in: connection),
                ]
            }
            #expect(changed == [true, false])
            let user = try await database.read { try Users.find(id: "usr_1", in: $0) }
            #expect(user?.passwordHash == "new")
            #expect(user?.passwordScheme == "next")
        }
    }
}
