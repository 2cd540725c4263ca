import Foundation
import SQL
import SQLFixtures
import SchemaFixtures
import Testing

@testable import Schema

@Suite("Schema")
struct SchemaTests {
    @Test("Steps are counted from 1 without gaps, and every step has statements")
    func versions() {
        #expect(Schema.migrations.map(\.version) == Array(1...Schema.migrations.count))
        #expect(Schema.migrations.allSatisfy { !$0.statements.isEmpty })
    }

    @Test("A module has at most one part of a step, and no part is left out")
    func parts() {
        for module in Schema.modules {
            let versions = module.map(\.version)
            #expect(versions == Set(versions).sorted())
            #expect(versions.allSatisfy { 1...Schema.migrations.count ~= $0 })
        }
        let statements = Schema.modules.flatMap(\.self).flatMap(\.statements)
        #expect(statements.sorted() == Schema.migrations.flatMap(\.statements).sorted())
    }

    @Test("The schema of released versions does not change", arguments: DatabaseEngine.allCases)
    func dump(on engine: DatabaseEngine) async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Expected/\(engine.rawValue).txt")
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        try await TestDatabase.with(engine) { test in
            // The files describe version 11; later steps add to it and have tests of their own.
            try await Migrator.migrate(test.database, Array(Schema.migrations.prefix(11)))
            let lines = try await test.database.read { try SchemaDump.lines($0, of: engine) }
            #expect(lines.difference(from: expected).isEmpty, "\(lines.difference(from: expected))")
            let names = try await test.database.read { connection in
                try connection.query("SELECT name FROM schema_migrations ORDER BY version").map { try $0.text("name") }
            }
            #expect(
                names == [
                    "users, videos, uploads, jobs, ledger", "shares of the pool, workers, upload folders", "webhooks",
                    "reprocessing, removals", "lost leases", "captions", "rooms", "blocked videos, webhook requests",
                    "weights of tasks", "look-alike names, quotas, expiry", "endpoints that answer",
                ])
        }
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

    @Test("Statements use only syntax of both engines")
    func portability() {
        let words = ["AUTOINCREMENT", "DATETIME", "STRICT", "ROWID", "IFNULL", "SERIAL", "JSONB", "BLOB", "BYTEA"]
        for statement in Schema.migrations.flatMap(\.statements) {
            #expect(!words.contains { statement.uppercased().contains($0) }, "\(statement)")
        }
    }
}
