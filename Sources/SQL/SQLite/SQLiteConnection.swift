internal import GRDB

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// A connection to SQLite during one transaction.
struct SQLiteConnection: SQLConnection {
    let connection: GRDB.Database
    let path: String
    let canWrite: Bool

    var dialect: SQLDialect { .sqlite }

    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try mapped(sql) {
            let statement = try prepare(sql, arguments)
            var positions: [String: Int] = [:]
            for (position, name) in statement.columnNames.enumerated() { positions[name] = position }
            let count = statement.columnCount
            var rows: [SQLRow] = []
            let cursor = try Row.fetchCursor(statement)
            while let row = try cursor.next() {
                var values: [SQLValue] = []
                values.reserveCapacity(count)
                for position in 0..<count { values.append(SQLValue(row, position)) }
                rows.append(SQLRow(positions: positions, values: values))
            }
            return rows
        }
    }

    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int {
        try mapped(sql) {
            try prepare(sql, arguments).execute()
            return connection.changesCount
        }
    }

    /// A cached statement of the connection with its arguments bound.
    ///
    /// SQLite reads `$1` as a name and not as a position, so each argument is bound by its name.
    private func prepare(_ sql: String, _ arguments: [SQLValue]) throws -> Statement {
        try Placeholders.check(sql, arguments)
        let statement = try connection.cachedStatement(sql: sql)
        if !canWrite, !statement.isReadonly {
            throw SQLFailure(.misuse, "A statement that writes was run in a read.", sql: sql)
        }
        var named: [String: (any DatabaseValueConvertible)?] = [:]
        for (position, value) in arguments.enumerated() {
            named[String(position + 1)] = value.databaseValue
        }
        try statement.setArguments(StatementArguments(named))
        return statement
    }

    private func mapped<Value>(_ sql: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw SQLFailure(sqlite: error, path: path, sql: sql)
        }
    }
}

extension SQLValue {
    fileprivate init(_ row: Row, _ position: Int) {
        let value: DatabaseValue = row[position]
        switch value.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .double(let number): self = .real(number)
        case .string(let text): self = .text(text)
        case .blob(let bytes): self = .blob(Array(bytes))
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}
