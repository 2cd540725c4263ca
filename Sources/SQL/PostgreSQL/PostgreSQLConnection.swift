/// A connection to PostgreSQL for the length of one piece of work.
struct PostgreSQLConnection: SQLConnection {
    let link: PostgreSQLLink
    let canWrite: Bool

    var dialect: SQLDialect { .postgreSQL }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try run(sql, arguments).rows()
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try run(sql, arguments).changedRows
    }

    private func run(_ sql: String, _ arguments: [SQLValue]) throws -> PostgreSQLResult {
        do {
            return try link.run(sql, arguments)
        } catch let failure as SQLFailure where failure.code == .readOnly && !canWrite {
            throw SQLFailure(.misuse, "A statement that writes was run in a read.", sql: sql)
        }
    }
}
