/// Why an operation of the database failed.
///
/// Error types of the engines do not leave this module; the message is a sentence for the operator, with advice where
/// there is any.
public struct SQLFailure: Error, Sendable, CustomStringConvertible {
    /// The constraint that a row would violate.
    public enum Constraint: Sendable, Hashable {
        /// A second row with the same key.
        case unique
        /// A reference to a row that does not exist.
        case foreignKey
        /// Null in a column that needs a value.
        case notNull
        /// Any other constraint of the table.
        case check
    }

    /// The kinds of failure, the same on every engine.
    public enum Code: Sendable, Hashable {
        /// A row would violate a constraint of its table.
        case constraint(Constraint)
        /// Another transaction holds the lock for longer than allowed; trying again may help.
        case busy
        /// A statement took longer than allowed.
        case timeout
        /// The server cannot be reached, or was lost before anything was committed; trying again may help.
        case unavailable
        /// The server was lost during a commit: the transaction may be committed or not.
        case outcomeUnknown
        /// The server refuses the user or the password, or the user lacks a right.
        case accessDenied
        /// The database's URL cannot be used.
        case invalidURL
        /// The disk, or the database's own limit, is full.
        case full
        /// The file or its folder cannot be written.
        case readOnly
        /// There is no such database, or its folder is missing.
        case notFound
        /// The file is damaged or is not a database.
        case corrupt
        /// The schema was written by a newer version of the program.
        case newerSchema
        /// The schema is older than this program needs.
        case olderSchema
        /// The statement names a table that does not exist.
        case tableMissing
        /// The result has no such column.
        case columnMissing
        /// A column holds another kind of value.
        case typeMismatch
        /// A text has a NUL character, which not every engine can store.
        case unstorableText
        /// The statement or its arguments are wrong: a defect of the program.
        case misuse
        /// The database is closed.
        case closed
        /// The disk failed in another way.
        case io
        /// Any other failure; the message describes it.
        case other
    }

    /// The kind of failure.
    public let code: Code
    /// One or two sentences for the operator, with advice.
    public let message: String
    /// The statement, if there is one; never with its arguments.
    public let sql: String?

    /// A failure.
    public init(_ code: Code, _ message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// The message on one line.
    public var description: String { message }

    /// Whether the same transaction may succeed shortly afterwards.
    public var isTransient: Bool { code == .busy || code == .unavailable }
}
