internal import CPostgres

/// One connection to the server, with its prepared statements; used by one thread alone.
final class PostgreSQLLink {
    /// Where it leads, without the password.
    let place: String
    /// The first failure of a statement since ``begin(_:)``, and whether the same transaction may succeed if it is run
    /// again.
    private(set) var trouble: (failure: SQLFailure, isPassing: Bool)?

    private let pointer: OpaquePointer
    private var statements: StatementCache
    /// Whether only a new connection can go on.
    private var isSpoilt = false

    /// Takes over a connection of libpq, to be closed with this object.
    init(_ pointer: OpaquePointer, place: String, statementCacheSize: Int) {
        self.pointer = pointer
        self.place = place
        statements = StatementCache(capacity: statementCacheSize)
    }

    deinit { PQfinish(pointer) }

    /// Whether the server is gone, or will not take another statement.
    var isLost: Bool { isSpoilt || PQstatus(pointer) != CONNECTION_OK }

    /// Starts a transaction.
    func begin(_ statement: String) throws {
        trouble = nil
        _ = try finished(PQexec(pointer, statement), sql: nil)
    }

    /// Ends the transaction for good.
    /// - Throws: ``SQLFailure`` with code `outcomeUnknown` if the server was lost meanwhile.
    func commit() throws {
        do {
            let result = try finished(PQexec(pointer, "COMMIT"), sql: nil)
            // What the server answers when a statement had failed.
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
        // The server would only say that the transaction has failed, not why.
        if let trouble { throw trouble.failure }
        let arguments = PostgreSQLArguments(values)
        // Without arguments it is mostly said once, as in a migration.
        guard !values.isEmpty else {
            return try finished(PQexecParams(pointer, sql, 0, nil, nil, nil, nil, 0), sql: sql)
        }
        let name = try prepared(sql, arguments.types)
        let result = arguments.withPointers { content, lengths, formats in
            PQexecPrepared(pointer, name, Int32(values.count), content, lengths, formats, 0)
        }
        return try finished(result, sql: sql)
    }

    /// The name of a statement, prepared now if it is not yet.
    private func prepared(_ sql: String, _ types: [UInt32]) throws -> String {
        let key = StatementCache.Key(sql: sql, types: types)
        if let name = statements.name(of: key) { return name }
        if let old = statements.makeRoom() { _ = try finished(PQexec(pointer, "DEALLOCATE \(old)"), sql: nil) }
        let name = statements.newName()
        _ = try finished(PQprepare(pointer, name, sql, Int32(types.count), types), sql: sql)
        statements.insert(key, name: name)
        return name
    }

    /// An answer that says success.
    private func finished(_ answer: OpaquePointer?, sql: String?) throws -> PostgreSQLResult {
        guard let answer else { throw noted("", lastWords, sql) }
        let result = PostgreSQLResult(answer)
        if result.isSuccess { return result }
        if result.isCopy {
            let failure = SQLFailure(.misuse, "A statement is wrong: it copies.", sql: sql)
            if trouble == nil { trouble = (failure, false) }
            isSpoilt = true
            throw failure
        }
        if isLost { throw noted("", lastWords, sql) }
        throw noted(result.sqlState, result.reason.isEmpty ? lastWords : result.reason, sql)
    }

    private func noted(_ state: String, _ reason: String, _ sql: String?) -> SQLFailure {
        let failure = SQLFailure(postgreSQL: state, reason, at: place, sql: sql)
        if trouble == nil {
            trouble = (failure, SQLFailure.isConflict(postgreSQL: state) || isLost)
        }
        return failure
    }

    /// libpq's sentence about the last failure, on one line.
    private var lastWords: String {
        let text = PQerrorMessage(pointer).map { String(cString: $0) } ?? ""
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? "no answer"
    }
}
