/// A connection inside `read` or `transaction`; it is not to be kept beyond the closure.
///
/// Parameters are written `$1`, `$2`, … and may occur several times; `arguments` has one value for each.
/// Statements keep to what both SQLite and PostgreSQL say the same way. A parameter has the type of its value: one that may
/// be null and stands where nothing else says a type needs a `CAST($1 AS TEXT)`. Once a statement has failed, PostgreSQL
/// undoes the whole transaction: a closure that goes on all the same fails with that statement's failure.
public protocol SQLConnection {
    /// How the engine says what it says differently.
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

/// A database that runs short, synchronous pieces of work on threads of its own.
///
/// Cancelling the calling task does not stop work that was asked for: a transaction is done whole or fails for a reason of
/// the database or of its closure. So the last writes of a cancelled task still happen.
///
/// A closure may run several times, each time after all that it had written was undone: it must have no other effect.
/// Transactions run side by side on some engines: what a closure reads and then relies on for a write, it locks first by
/// an `UPDATE` of the row.
public protocol Database: Sendable {
    /// Runs `body` on one consistent state; it sees no change that is made meanwhile and cannot write.
    /// - Throws: What `body` throws, or ``SQLFailure``.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs `body` in one transaction: committed, and safe against a loss of power, when this returns; undone if it throws.
    /// - Throws: What `body` throws, or ``SQLFailure``.
    @discardableResult
    func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value

    /// Waits for work in progress and closes all connections; anything asked for later fails with code `closed`.
    func close() async
}
