/// One step from a version of the schema to the next.
public struct Migration: Sendable {
    /// The version, counted from 1 without gaps; never changes after a release.
    public let version: Int
    /// A short title for people.
    public let name: String
    /// The statements in order, one for each string.
    public let statements: [String]

    /// A step.
    public init(version: Int, name: String, statements: [String]) {
        self.version = version
        self.name = name
        self.statements = statements
    }
}

/// Migrates the schema of a database to the version of this program.
public enum Migrator {
    /// Applies the migrations that are missing, all in one transaction.
    /// - Parameters:
    ///   - database: The database.
    ///   - migrations: All steps that this program knows, in order.
    ///   - time: Milliseconds since 1970; stored with each step for people.
    /// - Returns: How many steps were applied.
    /// - Throws: ``SQLFailure`` with code `newerSchema` if the database is from a newer version of the program.
    @discardableResult
    public static func migrate(
        _ database: any Database, _ migrations: [Migration], at time: Int64 = 0
    ) async throws -> Int {
        // With this check a start on a current schema does not wait for the write lock of another process.
        if try await version(of: database) == newest(migrations) { return 0 }
        return try await database.transaction { connection in
            let dialect = connection.dialect
            for statement in dialect.schemaLock { _ = try connection.query(statement) }
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)
                """)
            let current = try storedVersion(connection)
            try refuseNewer(current, migrations)
            let missing = migrations.filter { $0.version > current }
            for migration in missing {
                for statement in migration.statements { try connection.execute(dialect.schemaStatement(statement)) }
                try connection.execute(
                    "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)",
                    [SQLValue(migration.version), .text(migration.name), .integer(time)])
            }
            return missing.count
        }
    }

    /// Checks that the schema has exactly the version of this program; changes nothing.
    /// - Throws: ``SQLFailure`` with code `newerSchema` or `olderSchema`.
    public static func check(_ database: any Database, _ migrations: [Migration]) async throws {
        let current = try await version(of: database)
        try refuseNewer(current, migrations)
        guard current == newest(migrations) else {
            throw SQLFailure(
                .olderSchema,
                """
                The database has schema \(current) and this program needs \(newest(migrations)): \
                run “videohost migrate” first.
                """)
        }
    }

    /// The version of a database's schema; 0 for an empty one.
    public static func version(of database: any Database) async throws -> Int {
        try await database.read { connection in
            // The engines have no common query for the existence of a table. On PostgreSQL the error ends the transaction, so
            // nothing else happens in this one.
            do {
                return try storedVersion(connection)
            } catch let failure as SQLFailure where failure.code == .tableMissing {
                return 0
            }
        }
    }

    private static func storedVersion(_ connection: any SQLConnection) throws -> Int {
        let rows = try connection.query("SELECT COALESCE(MAX(version), 0) AS version FROM schema_migrations")
        return try rows.first?.int("version") ?? 0
    }

    private static func newest(_ migrations: [Migration]) -> Int {
        migrations.map(\.version).max() ?? 0
    }

    private static func refuseNewer(_ current: Int, _ migrations: [Migration]) throws {
        guard current > newest(migrations) else { return }
        throw SQLFailure(
            .newerSchema,
            """
            The database was written by a newer version of this program (schema \(current); this one knows up to \
            \(newest(migrations))). Run that version again, or restore a backup from before the upgrade.
            """)
    }
}
