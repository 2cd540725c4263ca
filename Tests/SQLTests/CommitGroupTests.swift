import SQL
import Testing

@Suite("Transactions that share a flush")
struct CommitGroupTests {
    struct Stop: Error {}

    @Test("Each of many concurrent transactions is committed or undone separately and gets its own result")
    func manyAtOnce() async throws {
        try await withDatabase { database in
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY, b BIGINT)") }
            let outcomes = try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
                for number in 0..<300 {
                    group.addTask { () async throws -> (Int, Int?) in
                        do {
                            let value = try await database.transaction { connection in
                                try connection.execute(
                                    "INSERT INTO t VALUES ($1, $2)", [SQLValue(number), SQLValue(number * 2)])
                                if number % 3 == 0 { throw Stop() }
                                return try connection.query(
                                    "SELECT b FROM t WHERE a = $1", [SQLValue(number)])[0].int("b")
                            }
                            return (number, value)
                        } catch is Stop {
                            return (number, nil)
                        }
                    }
                }
                return try await group.reduce(into: [Int: Int?]()) { $0[$1.0] = .some($1.1) }
            }
            for number in 0..<300 { #expect(outcomes[number] == .some(number % 3 == 0 ? nil : number * 2)) }
            let kept = try await database.read { try $0.query("SELECT a FROM t ORDER BY a").map { try $0.int("a") } }
            #expect(kept == (0..<300).filter { $0 % 3 != 0 })
        }
    }

    /// Whether a number is already in the table.
    private static func isRefused(_ number: Int, _ database: any Database) async -> Bool {
        let code = await failureCode {
            try await database.transaction { connection in
                _ = try connection.execute("INSERT INTO t VALUES ($1)", [SQLValue(number)])
            }
        }
        return code == .constraint(.unique)
    }

    @Test("A constraint violation in one transaction does not undo the others")
    func brokenRule() async throws {
        try await withDatabase { database in
            try await database.transaction { _ = try $0.execute("CREATE TABLE t (a BIGINT PRIMARY KEY)") }
            let failures = await withTaskGroup(of: Int.self) { group -> Int in
                for number in 0..<200 {
                    group.addTask { await Self.isRefused(number / 2, database) ? 1 : 0 }
                }
                return await group.reduce(0, +)
            }
            #expect(failures == 100)
            let rows = try await database.read { try $0.query("SELECT COUNT(*) AS n FROM t")[0].int("n") }
            #expect(rows == 100)
        }
    }
}
