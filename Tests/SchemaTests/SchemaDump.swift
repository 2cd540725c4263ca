import SQL
import SQLFixtures

/// What a database's catalog says of its tables, in lines that can be compared.
enum SchemaDump {
    /// Tables, columns, keys and indexes, in an order that does not depend on when each was made.
    static func lines(_ connection: any SQLConnection, of engine: DatabaseEngine) throws -> [String] {
        try queries(of: engine).flatMap { sql in try connection.query(sql).map { try $0.text("line") } }
    }

    private static func queries(of engine: DatabaseEngine) -> [String] {
        switch engine {
        case .sqlite:
            [
                """
                SELECT type || ' ' || name || ' of ' || tbl_name || ': ' || COALESCE(REPLACE(sql, CHAR(10), ' '), '-')
                    AS line FROM sqlite_master ORDER BY type, name
                """
            ]
        case .postgreSQL:
            [
                """
                SELECT CAST('column ' || table_name || '.' || column_name || ' #' || ordinal_position || ': ' || data_type
                    || ' collation ' || COALESCE(collation_name, '-') || ' nullable ' || is_nullable
                    || ' default ' || COALESCE(column_default, '-') AS TEXT) AS line
                FROM information_schema.columns WHERE table_schema = current_schema()
                ORDER BY table_name, ordinal_position
                """,
                """
                SELECT CAST('constraint ' || conrelid::regclass || ' ' || conname || ': ' || pg_get_constraintdef(oid)
                    AS TEXT) AS line
                FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
                ORDER BY CAST(conrelid::regclass AS TEXT), conname
                """,
                """
                SELECT CAST('index ' || REPLACE(indexdef, current_schema() || '.', '') AS TEXT) AS line
                FROM pg_indexes WHERE schemaname = current_schema() ORDER BY indexname
                """,
            ]
        }
    }
}
