/// The differences between the engines; all other SQL is the same for both.
public struct SQLDialect: Sendable, Hashable {
    private enum Engine { case sqlite, postgreSQL }

    private let engine: Engine

    /// The dialect of SQLite.
    public static let sqlite = SQLDialect(engine: .sqlite)
    /// The dialect of PostgreSQL.
    public static let postgreSQL = SQLDialect(engine: .postgreSQL)

    /// A statement that creates or changes a table, with all its texts compared byte by byte.
    ///
    /// SQLite does this by default. PostgreSQL compares by the collation of the database, in which `{` may not follow `z`: lists
    /// would then have another order than their cursors assume.
    public func schemaStatement(_ statement: String) -> String {
        guard engine == .postgreSQL else { return statement }
        var result = ""
        var rest = statement[...]
        while let range = rest.firstRange(of: " TEXT") {
            result += rest[..<range.upperBound]
            rest = rest[range.upperBound...]
            let isWord = rest.first.map { !($0.isLetter || $0.isNumber || $0 == "_") } ?? true
            if isWord { result += " COLLATE \"C\"" }
        }
        return result + rest
    }

    /// The first statements of a migration: they lock out migrations by other processes and disable timeouts.
    ///
    /// SQLite needs none, because its transactions exclude other writers from their start.
    var schemaLock: [String] {
        switch engine {
        case .sqlite: []
        case .postgreSQL:
            [
                "SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)",
                // An arbitrary number, the same in every version of the program.
                "SELECT pg_advisory_xact_lock(7811897640123021)",
            ]
        }
    }
}
