internal import CPostgres

/// One connection to the server, with its prepared statements; only one thread uses it.
final class PostgreSQLLink {
    /// The database's address without its password.
    let place: String
    /// The first failure of a statement since ``begin(_:)``, and whether the transaction may succeed if it is run again.
    private(set) var trouble: (failure: SQLFailure, isTransient: Bool)?

    private let pointer: OpaquePointer
    private var statements: StatementCache
    /// Whether the connection is open but cannot be used any more.
    private var isUnusable = false

    /// Takes ownership of a connection of libpq, which is closed with this object.
    init(_ pointer: OpaquePointer, place: String, statementCacheSize: Int) {
        self.pointer = pointer
        self.place = place
        statements = StatementCache(capacity: statementCacheSize)
    }

    deinit { PQfinish(pointer) }

    /// Whether the connection is lost or accepts no further statement.
    var isLost: Bool { isUnusable || PQstatus(pointer) != CONNECTION_OK }

    /// Starts a transaction.
    func begin(_ statement: String) throws {
        trouble = nil
        _ = try finished(PQexec(pointer, statement), sql: nil)
    }

    /// Commits the transaction.
    /// - Throws: ``SQLFailure`` with code `outcomeUnknown` if the server was lost meanwhile.
    func commit() throws {
        do {
            let result = try finished(PQexec(pointer, "COMMIT"), sql: nil)
            // The server responds with ROLLBACK if a statement has failed.
            guard result.command == "COMMIT" else { throw SQLFailure(.other, "The transaction was undone.") }
        } catch  where isLost {
            throw SQLFailure(
                .outcomeUnknown, "The database \(place) was lost during a commit: the change may have been made or not."
            )
        }
    }

    /// Undoes the transaction; a lost connection has undone it already.
    func rollback() {
        guard !isLost, PQtransactionStatus(pointer) != PQTRANS_IDLE, let result = PQexec(pointer, "ROLLBACK") else {
            return
        }
        PQclear(result)
    }

    /// Runs one statement.
    func run(_ sql: String, _ values: [SQLValue]) throws -> PostgreSQLResult {
        try Placeholders.check(sql, values)
        // The server would only report that the transaction has failed, not why.
        if let trouble { throw trouble.failure }
        let arguments = PostgreSQLArguments(values)
        // Most statements without arguments run once, as in a migration.
        guard !values.isEmpty else {
            return try finished(PQexecParams(pointer, sql, 0, nil, nil, nil, nil, 0), sql: sql)
        }
        let name = try prepared(sql, arguments.types)
        let result = arguments.withPointers { content, lengths, formats in
            PQexecPrepared(pointer, name, Int32(values.count), content, lengths, formats, 0)
        }
        return try finished(result, sql: sql)
    }

    /// The name of a prepared statement; prepares it if necessary.
    private func prepared(_ sql: String, _ types: [UInt32]) throws -> String {
        let key = StatementCache.Key(sql: sql, types: types)
        if let name = statements.name(of: key) { return name }
        if let old = statements.makeRoom() { _ = try finished(PQexec(pointer, "DEALLOCATE \(old)"), sql: nil) }
        let name = statements.newName()
        _ = try finished(PQprepare(pointer, name, sql, Int32(types.count), types), sql: sql)
        statements.insert(key, name: name)
        return name
    }

    /// The result of a successful statement; throws the failure of an unsuccessful one.
    private func finished(_ answer: OpaquePointer?, sql: String?) throws -> PostgreSQLResult {
        guard let answer else { throw noted("", lastMessage, sql) }
        let result = PostgreSQLResult(answer)
        if result.isSuccess { return result }
        if result.isCopy {
            let failure = SQLFailure(.misuse, "A statement is wrong: it copies.", sql: sql)
            if trouble == nil { trouble = (failure, false) }
            isUnusable = true
            throw failure
        }
        if isLost { throw noted("", lastMessage, sql) }
        throw noted(result.sqlState, result.reason.isEmpty ? lastMessage : result.reason, sql)
    }

    private func noted(_ state: String, _ reason: String, _ sql: String?) -> SQLFailure {
        let failure = SQLFailure(postgreSQL: state, reason, at: place, sql: sql)
        if trouble == nil {
            trouble = (failure, SQLFailure.isConflict(postgreSQL: state) || isLost)
        }
        return failure
    }

    /// libpq's message about the last failure, on one line.
    private var lastMessage: String {
        let text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no answer"
    }
}
