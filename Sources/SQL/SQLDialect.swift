/// The few things that the engines say differently; everything else is one text for all of them.
public struct SQLDialect: Sendable, Hashable {
    private enum Engine { case sqlite, postgreSQL }

    private let engine: Engine

    /// SQLite's way.
    public static let sqlite = SQLDialect(engine: .sqlite)
    /// PostgreSQL's way.
    public static let postgreSQL = SQLDialect(engine: .postgreSQL)

    /// A statement that makes or changes a table, with all its texts compared byte by byte.
    ///
    /// SQLite does so anyway. A PostgreSQL database compares by the language it was made for, in which `{` does not
    /// follow `z`, and lists would come out in another order than their cursors assume.
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

    /// What a transaction runs first so that no other process changes the schema beside it, however long it takes.
    ///
    /// SQLite's transactions lock out other writers from their start.
    var schemaLock: [String] {
        switch engine {
        case .sqlite: []
        case .postgreSQL:
            [
                "SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)",
                // Any number, as long as every version of the program takes the same one.
                "SELECT pg_advisory_xact_lock(7811897640123021)",
            ]
        }
    }
}
