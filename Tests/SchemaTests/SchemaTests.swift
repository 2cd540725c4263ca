import Accounts
import Catalog
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

    @Test("No module has statements of a step that has no name, and none are left out")
    func parts() {
        for module in Schema.modules {
            #expect(module.keys.allSatisfy { 1...Schema.migrations.count ~= $0 })
            #expect(module.values.allSatisfy { !$0.isEmpty })
        }
        let statements = Schema.modules.flatMap(\.values).flatMap(\.self)
        #expect(statements.sorted() == Schema.migrations.flatMap(\.statements).sorted())
    }

    @Test("The schema of released versions does not change", arguments: DatabaseEngine.allCases)
    func dump(on engine: DatabaseEngine) async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "Expected/\(engine.rawValue).txt")
        let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        // The files describe version 11; later steps add to it and have tests of their own.
        try await withSchema(version: 11, engine) { database in
            let lines = try await database.read { try SchemaDump.lines($0, of: engine) }
            #expect(lines.difference(from: expected).isEmpty, "\(lines.difference(from: expected))")
            let names = try await database.read { connection in
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
        "The rows of every older version are kept, and its schema becomes the newest",
        arguments: DatabaseEngine.allCases)
    func upgrades(on engine: DatabaseEngine) async throws {
        var newest: [String] = []
        try await withCatalog(engine) { database in
            newest = try await database.read { try SchemaDump.lines($0, of: engine) }
        }
        for version in 1...Schema.migrations.count {
            try await withSchema(version: version, engine) { database in
                try await Schema.prepare(database)
                let (lines, user, video) = try await database.read { connection in
                    (
                        try SchemaDump.lines(connection, of: engine), try Users.find(username: "ALICE", in: connection),
                        try Videos.find(id: "vid_1", in: connection)
                    )
                }
                #expect(lines == newest, "version \(version)")
                #expect(user?.id == "usr_1" && user?.createdAt == 5, "version \(version)")
                #expect(
                    video?.ownerID == "usr_1" && video?.title == "One" && video?.updatedAt == 11, "version \(version)")
            }
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
