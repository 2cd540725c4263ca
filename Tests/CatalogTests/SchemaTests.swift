import Catalog
import SQL
import SQLFixtures
import Testing

@Suite("Schema")
struct SchemaTests {
    @Test("Steps are counted from 1 without gaps")
    func versions() {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
    }

    @Test(
        "A database is brought up to date once, and one from the future is refused",
        arguments: DatabaseEngine.allCases)
    func preparing(on engine: DatabaseEngine) async throws {
        try await withCatalog(engine) { database in
            try await Schema.prepare(database)
            try await Schema.check(database)
            try await database.transaction { connection in
                try connection.execute(
                    "INSERT INTO schema_migrations (version, name, applied_at) VALUES (1000, 'later', 0)")
            }
            let failure = await #expect(throws: SQLFailure.self) { try await Schema.prepare(database) }
            #expect(failure?.code == .newerSchema)
            await #expect(throws: SQLFailure.self) { try await Schema.check(database) }
        }
    }

    @Test("Statements use no words of one engine only")
    func portability() {
        let words = ["AUTOINCREMENT", "DATETIME", "STRICT", "ROWID", "IFNULL", "SERIAL", "JSONB", "BLOB", "BYTEA"]
        for statement in Schema.migrations.flatMap(\.statements) {
            #expect(!words.contains { statement.uppercased().contains($0) }, "\(statement)")
        }
    }
}
