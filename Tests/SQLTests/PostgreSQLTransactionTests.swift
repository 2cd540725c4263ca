import Foundation
import SQL
import SQLFixtures
import Synchronization
import Testing

/// A barrier for threads: passes when a number of them have arrived, and from then on at once.
final class Meeting: @unchecked Sendable {
    // Only touched while `condition` is locked.
    private var missing: Int
    private let condition = NSCondition()

    init(of count: Int) { missing = count }

    func arrive() {
        condition.lock()
        defer { condition.unlock() }
        missing -= 1
        condition.broadcast()
        while missing > 0 { condition.wait() }
    }
}

/// A counter.
final class RunCount: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    /// Increments the counter and returns its value.
    @discardableResult
    func add() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// Runs blocking work on a separate thread.
func onThread(_ body: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            body()
            continuation.resume()
        }
    }
}

@Suite("Transactions on PostgreSQL", .timeLimit(.minutes(2)))
struct PostgreSQLTransactionTests {
    static func withServer(
        _ configuration: PostgreSQLConfiguration = .init(), _ body: (PostgreSQLDatabase) async throws -> Void
    ) async throws {
        let endpoint = try await PostgreSQLServer.shared.newDatabase()
        let database = try await PostgreSQLDatabase.open(endpoint, configuration)
        let result: Result<Void, any Error>
        do { result = .success(try await body(database)) } catch { result = .failure(error) }
        await database.close()
        try result.get()
    }

    static func number(_ database: any Database, _ sql: String) async throws -> Int {
        try await database.read { try $0.query(sql)[0].int("n") }
    }

    @Test("32 concurrent transactions increment a row without losing an update")
    func oneRow() async throws {
        try await Self.withServer { database in
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (0)")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        for _ in 0..<10 {
                            try await database.transaction { connection in
                                try connection.execute("UPDATE t SET a = a")
                                let now = try connection.query("SELECT a AS n FROM t")[0].int("n")
                                try connection.execute("UPDATE t SET a = $1", [SQLValue(now + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await Self.number(database, "SELECT a AS n FROM t") == 320)
        }
    }

    @Test("Of two transactions in a deadlock one is run again")
    func deadlock() async throws {
        try await Self.withServer { database in
            try await database.transaction { connection in
                try connection.execute("CREATE TABLE t (id BIGINT, a BIGINT)")
                try connection.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
            }
            let meeting = Meeting(of: 2)
            // The transaction that is run again waits here for the other one's commit: they would collide again if
            // it locked its first row before the other one continues.
            let committed = Meeting(of: 2)
            let runs = RunCount()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for order in [[1, 2], [2, 1]] {
                    group.addTask {
                        let ownRuns = RunCount()
                        try await database.transaction { connection in
                            runs.add()
                            if ownRuns.add() > 1 { committed.arrive() }
                            try connection.execute("UPDATE t SET a = a + 1 WHERE id = $1", [SQLValue(order[0])])
                            meeting.arrive()
                            try connection.execute("UPDATE t SET a = a + 1 WHERE id = $1", [SQLValue(order[1])])
                        }
                        await onThread { committed.arrive() }
                    }
                }
                try await group.waitForAll()
            }
            #expect(runs.value == 3)
            #expect(try await Self.number(database, "SELECT SUM(a) AS n FROM t") == 4)
        }
    }

    @Test("A closure that continues after a failed statement cannot commit")
    func swallowedFailure() async throws {
        try await Self.withServer { database in
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)") }
            let code = await failureCode {
                try await database.transaction { connection in
                    try connection.execute("INSERT INTO t VALUES ($1)", [1])
                    _ = try? connection.execute("INSERT INTO t VALUES ($1)", [1])
                }
            }
            #expect(code == .constraint(.unique))
            #expect(try await Self.number(database, "SELECT COUNT(*) AS n FROM t") == 0)
        }
    }

    @Test("More statements than the cache of prepared statements holds can run")
    func smallCache() async throws {
        var configuration = PostgreSQLConfiguration()
        configuration.maximumConnections = 1
        configuration.statementCacheSize = 2
        try await Self.withServer(configuration) { database in
            let sum = try await database.read { connection in
                try (0..<30).map { try connection.query("SELECT $1 + \($0 % 5) AS n", [1])[0].int("n") }.reduce(0, +)
            }
            #expect(sum == 30 + 6 * 10)
            #expect(try await Self.number(database, "SELECT COUNT(*) AS n FROM pg_prepared_statements") == 2)
        }
    }

    @Test("A null without a type, a COPY, and a text in place of a number are refused")
    func misuse() async throws {
        try await Self.withServer { database async throws in
            func code(_ sql: String, _ arguments: [SQLValue]) async -> SQLFailure.Code? {
                await failureCode { _ = try await database.transaction { try $0.query(sql, arguments) } }
            }
            #expect(await code("SELECT $1 IS NULL AS n", [nil]) == .misuse)
            #expect(await code("COPY pg_type TO STDOUT", []) == .misuse)
            #expect(await code("SELECT 1; SELECT 2", []) == .misuse)
            #expect(await code("SELECT CAST($1 AS BIGINT) AS n", ["x"]) == .typeMismatch)
            #expect(try await Self.number(database, "SELECT 1 AS n") == 1)
        }
    }
}
