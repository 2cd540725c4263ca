public import Ground
public import SQL

/// The tables of the whole program, as steps from one version to the next.
///
/// A released step never changes: a change of a table is a new step. Every statement runs on SQLite and on PostgreSQL.
public enum Schema {
    /// All steps, oldest first.
    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "users, videos, uploads, jobs, ledger",
            statements: Schema.people + Schema.videos + Schema.uploads + Schema.jobs + Schema.ledger),
        Migration(
            version: 2, name: "shares of the pool, workers, upload folders",
            statements: Schema.shares + Schema.pool + Schema.uploadFolders),
        Migration(version: 3, name: "webhooks", statements: Schema.webhooks),
        Migration(version: 4, name: "reprocessing, removals", statements: Schema.reprocessing),
        Migration(version: 5, name: "lost leases", statements: Schema.losses),
        Migration(version: 6, name: "captions", statements: Schema.captions),
        Migration(version: 7, name: "rooms", statements: Schema.rooms),
        Migration(
            version: 8, name: "blocked videos, webhook requests",
            statements: Schema.blocking + Schema.webhookRequests),
        Migration(version: 9, name: "weights of tasks", statements: Schema.weights),
        Migration(
            version: 10, name: "look-alike names, quotas, expiry", statements: Schema.nameSkeletons + Schema.quotas),
        Migration(version: 11, name: "endpoints that answer", statements: Schema.webhookAnswers),
    ]

    /// Brings a database up to date.
    /// - Throws: ``SQLFailure`` with code `newerSchema` if a newer version of the program has used it.
    public static func prepare(_ database: any Database, clock: WallClock = .system) async throws {
        try await Migrator.migrate(database, migrations, at: clock.now())
    }

    /// Makes sure that a database is up to date, without changing it.
    /// - Throws: ``SQLFailure`` with code `newerSchema` or `olderSchema`.
    public static func check(_ database: any Database) async throws {
        try await Migrator.check(database, migrations)
    }
}
