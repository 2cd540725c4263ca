import Catalog
import Foundation
import Logging
import Redis
import SQL
import Schema
import Storage

/// The checks of `videohost doctor` for the backends that URLs name.
struct BackendChecks {
    /// One check: its name, and a function that returns a short result or throws.
    struct Check {
        let name: String
        let run: () async throws -> String
    }

    let checks: [Check]

    init(_ options: BackendOptions) {
        var checks: [Check] = []
        if let url = options.databaseURL {
            checks.append(Check(name: "database") { try await Self.database(url) })
        }
        if let url = options.redisURL { checks.append(Check(name: "redis") { try await Self.redis(url) }) }
        if let url = options.storageURL { checks.append(Check(name: "storage") { try await Self.storage(url) }) }
        self.checks = checks
    }

    private static func database(_ text: String) async throws -> String {
        let url = try DatabaseURL(text)
        let database = try await url.open(mode: .existing)
        do {
            try await Schema.check(database)
            await database.close()
            return "\(url)"
        } catch {
            await database.close()
            throw error
        }
    }

    private static func redis(_ text: String) async throws -> String {
        let endpoint = try RedisEndpoint(parsing: text)
        var quiet = Logger(label: "videohost.doctor")
        quiet.logLevel = .critical
        let client = RedisClient(endpoint: endpoint, logger: quiet)
        do {
            try await client.send("PING")
            await client.shutdown()
            return "\(endpoint)"
        } catch {
            await client.shutdown()
            throw error
        }
    }

    private static func storage(_ text: String) async throws -> String {
        let store = try StorageSelection.open(text, from: "STORAGE_URL", isExisting: true)
        do { try await store.checkWritable() } catch let error as StorageError {
            throw StartupFailure(error, "STORAGE_URL")
        }
        return "can be written"
    }
}
