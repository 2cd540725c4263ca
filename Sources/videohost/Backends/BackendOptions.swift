import ArgumentParser
import Foundation

/// The locations of the database, Redis and the store, for every command that needs them.
///
/// An option wins over its environment variable, and both over the data folder, where everything is by default.
struct BackendOptions: ParsableArguments {
    @Option(help: "The folder of this machine's files: uploads, scratch, and each backend without a URL.")
    var data: String = "./var"

    @Option(
        help: ArgumentHelp(
            "The database: sqlite:PATH or postgres://…; else $DATABASE_URL, else a SQLite file in the data folder.",
            valueName: "url"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "Redis: redis://…, rediss://… or redis+unix:PATH; else $REDIS_URL, else a private server of serve's own.",
            valueName: "url"))
    var redis: String?

    @Option(
        help: ArgumentHelp(
            "Objects: file:PATH or s3://BUCKET?endpoint=…; else $STORAGE_URL, else the data folder.",
            valueName: "url"))
    var storage: String?

    @Option(help: "The folder for files of running tasks; scratch in the data folder if absent.")
    var scratch: String?

    @Option(help: "Most bytes of local copies of sources from an S3-style store; 60 % of the free disk if absent.")
    var cacheBytes: Int64?

    func validate() throws {
        guard cacheBytes.map({ $0 > 0 }) ?? true else { throw ValidationError("--cache-bytes must be above 0") }
    }

    private static func chosen(_ option: String?, _ variable: String) -> String? {
        let value = option ?? ProcessInfo.processInfo.environment[variable]
        return value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The database's URL, if one was given.
    var databaseURL: String? { Self.chosen(database, "DATABASE_URL") }
    /// Redis' URL, if one was given.
    var redisURL: String? { Self.chosen(redis, "REDIS_URL") }
    /// The store's URL, if one was given.
    var storageURL: String? { Self.chosen(storage, "STORAGE_URL") }

    /// Checks that a role that works with other machines has the URLs of the shared backends.
    func requireShared(for role: String, store: Bool = true) throws {
        let needed =
            [("DATABASE_URL", databaseURL), ("REDIS_URL", redisURL)] + (store ? [("STORAGE_URL", storageURL)] : [])
        let missing = needed.filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty else {
            throw StartupFailure(
                "videohost \(role) needs \(missing.joined(separator: ", ")); on a single machine run videohost serve")
        }
    }
}
