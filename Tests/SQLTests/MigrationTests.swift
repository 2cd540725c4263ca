import SQL
import SQLFixtures
import Testing

@Suite("Migrations")
struct MigrationTests {
    private static let first = Migration(version: 1, name: "first", statements: ["CREATE TABLE a (x BIGINT)"])
    private static let second = Migration(
        version: 2, name: "second", statements: ["ALTER TABLE a ADD COLUMN y TEXT", "CREATE TABLE b (x BIGINT)"])

    @Test("Missing steps are applied in order and only once", arguments: DatabaseEngine.allCases)
    func steps(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            #expect(try await Migrator.version(of: database) == 0)
            #expect(try await Migrator.migrate(database, [Self.first], at: 5) == 1)
            #expect(try await Migrator.migrate(database, [Self.first, Self.second], at: 6) == 1)
            #expect(try await Migrator.migrate(database, [Self.first, Self.second], at: 7) == 0)
            #expect(try await Migrator.version(of: database) == 2)
            try await Migrator.check(database, [Self.first, Self.second])
            let times = try await database.read { connection in
                try connection.query("SELECT applied_at FROM schema_migrations ORDER BY version")
                    .map { try $0.integer("applied_at") }
            }
            #expect(times == [5, 6])
        }
    }

    @Test("A step that fails changes nothing", arguments: DatabaseEngine.allCases)
    func failingStep(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            let broken = Migration(version: 2, name: "broken", statements: ["CREATE TABLE c (x BIGINT)", "NONSENSE"])
            await #expect(throws: SQLFailure.self) { try await Migrator.migrate(database, [Self.first, broken]) }
            let version = try await Migrator.version(of: database)
            #expect(version == 0)
            #expect(try await Migrator.migrate(database, [Self.first, Self.second]) == 2)
        }
    }

    @Test("A database of a newer version is refused and not changed", arguments: DatabaseEngine.allCases)
    func newer(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            try await Migrator.migrate(database, [Self.first, Self.second])
            let failure = await #expect(throws: SQLFailure.self) { try await Migrator.migrate(database, [Self.first]) }
            #expect(failure?.code == .newerSchema)
            #expect(failure?.message.contains("newer version") == true)
            #expect(await failureCode { try await Migrator.check(database, [Self.first]) } == .newerSchema)
            #expect(try await Migrator.version(of: database) == 2)
        }
    }

    @Test("An older database and a newer one have different errors", arguments: DatabaseEngine.allCases)
    func older(on engine: DatabaseEngine) async throws {
        try await withDatabase(engine) { database in
            try await Migrator.migrate(database, [Self.first])
            #expect(
                await failureCode { try await Migrator.check(database, [Self.first, Self.second]) } == .olderSchema)
        }
    }

    @Test(
        "Two processes that start together migrate once", .timeLimit(.minutes(1)),
        arguments: DatabaseEngine.allCases)
    func together(on engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { test in
            var databases: [any Database] = []
            for _ in 0..<4 { databases.append(try await test.another()) }
            let applied = try await withThrowingTaskGroup(of: Int.self) { group in
                for database in databases {
                    group.addTask { try await Migrator.migrate(database, [Self.first, Self.second]) }
                }
                return try await group.reduce(0, +)
            }
            #expect(applied == 2)
            for database in databases { await database.close() }
        }
    }
}
