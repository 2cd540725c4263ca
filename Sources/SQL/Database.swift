/// A connection inside `read` or `transaction`; it must not be used after the closure.
///
/// Parameters are written `$1`, `$2`, … and may occur several times; `arguments` has one value for each.
/// Statements use only SQL that SQLite and PostgreSQL both understand. A parameter has the type of its value: one that may
/// be null needs a `CAST($1 AS TEXT)` where nothing else gives its type. Once a statement has failed, PostgreSQL
/// undoes the whole transaction: a closure that continues then fails with the failure of that statement.
public protocol SQLConnection {
    /// The differences of the engine.
    var dialect: SQLDialect { get }

    /// Runs one statement and returns its rows.
    /// - Throws: ``SQLFailure``.
    func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow]

    /// Runs one statement.
    /// - Returns: How many rows an `INSERT`, `UPDATE` or `DELETE` changed.
    /// - Throws: ``SQLFailure``.
    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue]) throws -> Int
}

extension SQLConnection {
    /// Runs one statement without arguments and returns its rows.
    public func query(_ sql: String) throws -> [SQLRow] {
        try query(sql, [])
    }

    /// Runs one statement without arguments.
    @discardableResult
    public func execute(_ sql: String) throws -> Int {
        try execute(sql, [])
    }
}

/// A database that runs short, synchronous transactions on its own threads.
///
/// Cancelling the calling task does not stop a transaction: it fails only for a reason of the database or of its closure. So
/// the last writes of a cancelled task still happen.
///
/// A closure may run several times; before each further run all its writes are undone, so it must have no other effect.
/// PostgreSQL runs transactions concurrently: before a closure reads a row on which a write depends, it locks the row with
/// an `UPDATE`.
public protocol Database: Sendable {
    /// Runs `body` on one consistent state; it does not see concurrent changes and cannot write.
    /// - Throws: What `body` throws, or ``SQLFailure``.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs `body` in one transaction: committed and durable when this returns; undone if it throws.
    /// - Throws: What `body` throws, or ``SQLFailure``.
    @discardableResult
    func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Waits for transactions in progress and closes all connections; later calls fail with code `closed`.
    func close() async
}
