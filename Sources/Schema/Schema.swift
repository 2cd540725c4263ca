internal import Accounts
internal import Catalog
public import Ground
internal import Ingest
internal import Jobs
internal import Rooms
public import SQL
internal import Webhooks

/// The tables of the whole program, as steps from one version to the next.
///
/// A released step never changes: a change of a table is a new step, to which every module may add its part. Every
/// statement runs on SQLite and on PostgreSQL.
public enum Schema {
    /// All steps, oldest first.
    public static let migrations: [Migration] = names.enumerated().map { index, name in
        let version = index + 1
        return Migration(version: version, name: name, statements: modules.flatMap { $0[version] ?? [] })
    }

    /// Each step's name, from version 1 on. Databases store them, so they never change.
    private static let names = [
        "users, videos, uploads, jobs, ledger",
        "shares of the pool, workers, upload folders",
        "webhooks",
        "reprocessing, removals",
        "lost leases",
        "captions",
        "rooms",
        "blocked videos, webhook requests",
        "weights of tasks",
        "look-alike names, quotas, expiry",
        "endpoints that answer",
    ]

    /// The modules' statements of the steps, by version. A module stands after those whose tables its own tables refer to.
    static let modules: [[Int: [String]]] = [
        AccountsSchema.migrations, CatalogSchema.migrations, IngestSchema.migrations, JobsSchema.migrations,
        WebhooksSchema.migrations, RoomsSchema.migrations,
    ]

    /// Brings a database up to date.
    /// - Throws: `SQLFailure` with code `newerSchema` if a newer version of the program has used it.
    public static func prepare(_ database: any Database, clock: WallClock = .system) async throws {
        try await Migrator.migrate(database, migrations, at: clock.now())
    }

    /// Makes sure that a database is up to date, without changing it.
    /// - Throws: `SQLFailure` with code `newerSchema` or `olderSchema`.
    public static func check(_ database: any Database) async throws {
        try await Migrator.check(database, migrations)
    }
}
