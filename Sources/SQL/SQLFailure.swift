/// Why an operation of the database failed.
///
/// Error types of the engines do not leave this module; the message is a sentence for the operator, with what to do where
/// something can be done.
public struct SQLFailure: Error, Sendable, CustomStringConvertible {
    /// The rule that a row would have broken.
    public enum Constraint: Sendable, Hashable {
        /// A second row with the same key.
        case unique
        /// A reference to a row that does not exist.
        case foreignKey
        /// Null in a column that needs a value.
        case notNull
        /// Any other rule of the table.
        case check
    }

    /// What went wrong, the same on every engine.
    public enum Code: Sendable, Hashable {
        /// A row would have broken a rule of its table.
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
        /// The answer has no such column.
        case columnMissing
        /// A column holds another kind of value.
        case typeMismatch
        /// A text holds a NUL character, which not every engine can keep.
        case unstorableText
        /// The statement or its arguments are wrong: a defect of the program.
        case misuse
        /// The database has been closed.
        case closed
        /// The disk failed in another way.
        case io
        /// Anything else; the message says what.
        case other
    }

    /// What went wrong.
    public let code: Code
    /// One or two sentences for the operator, with what to do.
    public let message: String
    /// The statement, where there was one; arguments are never kept.
    public let sql: String?

    /// A failure.
    public init(_ code: Code, _ message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// The message alone, fit for one line.
    public var description: String { message }

    /// Whether the same transaction may succeed a moment later.
    public var isTransient: Bool { code == .busy || code == .unavailable }
}
