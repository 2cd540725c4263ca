import SQL
import SQLFixtures
import Testing

@Suite("Transactions")
struct TransactionTests {
    struct Stop: Error {}

    private static func count(_ database: any Database) async throws -> Int {
        try await database.read { try $0.query("SELECT COUNT(*) AS n FROM t")[0].int("n") }
    }

    private static func withTable(
        _ engine: DatabaseEngine, _ body: (any Database) async throws -> Void
    ) async throws {
        try await withDatabase(engine) { database in
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)") }
            try await body(database)
        }
    }

    @Test("A transaction that throws is undone, and its error is rethrown", arguments: DatabaseEngine.allCases)
    func rollback(on engine: DatabaseEngine) async throws {
        try await Self.withTable(engine) { database in
            await #expect(throws: Stop.self) {
                try await database.transaction { connection in
                    try connection.execute("INSERT INTO t VALUES (1)")
                    throw Stop()
                }
            }
            let rows = try await Self.count(database)
            #expect(rows == 0)
        }
    }

    @Test("Constraint violations have their own codes", arguments: DatabaseEngine.allCases)
    func constraints(on engine: DatabaseEngine) async throws {
        try await Self.withTable(engine) { database in
            try await database.transaction { connection in
                try connection.execute("INSERT INTO t VALUES (1)")
                try connection.execute("CREATE TABLE child (a BIGINT NOT NULL CHECK (a > 0) REFERENCES t (a))")
            }
            func code(_ sql: String) async -> SQLFailure.Code? {
                await failureCode { try await database.transaction { _ = try $0.execute(sql) } }
            }
            #expect(await code("INSERT INTO t VALUES (1)") == .constraint(.unique))
            #expect(await code("INSERT INTO child VALUES (2)") == .constraint(.foreignKey))
            #expect(await code("INSERT INTO child VALUES (NULL)") == .constraint(.notNull))
            #expect(await code("INSERT INTO child VALUES (-1)") == .constraint(.check))
            #expect(await code("INSERT INTO nowhere VALUES (1)") == .tableMissing)
            #expect(await code("INSERT INTTO t VALUES (1)") == .misuse)
        }
    }

    @Test("A read cannot write", arguments: DatabaseEngine.allCases)
    func readsDoNotWrite(on engine: DatabaseEngine) async throws {
        try await Self.withTable(engine) { database in
            let code = await failureCode {
                try await database.read { _ = try $0.execute("INSERT INTO t VALUES (1)") }
            }
            #expect(code == .misuse)
            let rows = try await Self.count(database)
            #expect(rows == 0)
        }
    }

    @Test("Cancellation does not stop a write", arguments: DatabaseEngine.allCases)
    func cancelledTask(on engine: DatabaseEngine) async throws {
        try await Self.withTable(engine) { database in
            let task = Task {
                // Only cancellation ends this wait.
                try? await Task.sleep(for: .seconds(60))
                try await database.transaction { _ = try $0.execute("INSERT INTO t VALUES (1)") }
            }
            task.cancel()
            try await task.value
            #expect(try await Self.count(database) == 1)
        }
    }

    @Test(
        "Concurrent writers and readers lose no update", .timeLimit(.minutes(1)),
        arguments: DatabaseEngine.allCases)
    func concurrency(on engine: DatabaseEngine) async throws {
        try await Self.withTable(engine) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await database.transaction {
                            _ = try $0.execute("INSERT INTO t VALUES ($1)", [SQLValue(number)])
                        }
                    }
                    group.addTask { _ = try await Self.count(database) }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.count(database) == 200)
        }
    }

    @Test(
        "Two processes on one database lose no update", .timeLimit(.minutes(1)),
        arguments: DatabaseEngine.allCases)
    func twoConnections(on engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { test in
            let (first, second) = (test.database, try await test.another())
            try await first.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for turn in 0..<100 {
                    let database = turn.isMultiple(of: 2) ? first : second
                    group.addTask {
                        try await database.transaction { connection in
                            // On SQLite a deferred transaction that reads first would fail, since its lock cannot be upgraded.
                            // On PostgreSQL two transactions can read the same value unless the row is locked first.
                            try connection.execute("UPDATE t SET a = a")
                            let now = try connection.query("SELECT a FROM t")[0].integer("a")
                            try connection.execute("UPDATE t SET a = $1", [.integer(now + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let total = try await second.read { try $0.query("SELECT a FROM t")[0].integer("a") }
            #expect(total == 100)
            await second.close()
        }
    }

    @Test("After closing, every call fails with the code closed", arguments: DatabaseEngine.allCases)
    func closed(on engine: DatabaseEngine) async throws {
        try await TestDatabase.with(engine) { test in
            let database = test.database
            await database.close()
            await database.close()
            #expect(await failureCode { _ = try await database.read { try $0.query("SELECT 1 AS a") } } == .closed)
            #expect(
                await failureCode { _ = try await database.transaction { try $0.execute("SELECT 1") } } == .closed)
        }
    }
}
