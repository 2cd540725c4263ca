public import SQL
internal import Synchronization

/// A database that counts what is asked of it, for tests of how much work something is.
public final class CountingDatabase: Database {
    /// What was asked.
    public struct Counts: Sendable, Hashable {
        /// Statements.
        public var statements = 0
        /// Rows that were read.
        public var rows = 0

        /// So much.
        public init(statements: Int = 0, rows: Int = 0) {
            self.statements = statements
            self.rows = rows
        }
    }

    private let base: any Database
    private let counts = Mutex(Counts())

    /// Counts what is asked of `base` from now on.
    public init(_ base: any Database) { self.base = base }

    /// What has been asked since the last call.
    public func take() -> Counts {
        counts.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }

    /// Reads, and counts what is asked.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await base.read { try body(Connection(base: $0, database: self)) }
    }

    /// Writes, and counts what is asked.
    @discardableResult
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await base.transaction { try body(Connection(base: $0, database: self)) }
    }

    /// Closes the database.
    public func close() async { await base.close() }

    private func count(rows: Int) {
        counts.withLock { counts in
            counts.statements += 1
            counts.rows += rows
        }
    }

    private struct Connection: SQLConnection {
        let base: any SQLConnection
        let database: CountingDatabase

        var dialect: SQLDialect { base.dialect }

        func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
            let rows = try base.query(sql, arguments)
            database.count(rows: rows.count)
            return rows
        }

        @discardableResult
        func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
            database.count(rows: 0)
            return try base.execute(sql, arguments)
        }
    }
}
