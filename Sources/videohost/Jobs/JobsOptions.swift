import ArgumentParser
import Foundation
import Jobs
import Logging
import Redis
import SQL

/// Where the jobs are, and how they are printed.
struct JobsOptions: ParsableArguments {
    @OptionGroup var backends: BackendOptions

    @Flag(help: "Print JSON for programs.")
    var json = false

    /// Checks how many things a list is to have.
    /// - Throws: A usage error (64).
    static func check(limit: Int) throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1…10000") }
    }

    /// Opens the pool's database without changing its schema, and closes it afterwards.
    func withDatabase<Value: Sendable>(_ body: (any Database) async throws -> Value) async throws -> Value {
        do {
            let database = try await Backends.openExisting(backends)
            do {
                let value = try await body(database)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        } catch let failure as SQLFailure {
            throw StartupFailure(failure)
        }
    }

    /// Runs `body` with a running pool's queue; does nothing if there is none: what is stopped looks when it starts.
    func withQueue(_ body: (TaskQueue, Logger) async -> Void) async throws {
        var quiet = Logger(label: "videohost.jobs")
        quiet.logLevel = .critical
        guard let endpoint = try Backends.redisEndpoint(backends) else { return }
        var configuration = RedisClient.Configuration()
        configuration.patience = .seconds(1)
        let client = RedisClient(endpoint: endpoint, logger: quiet, configuration: configuration)
        await body(TaskQueue(redis: client), quiet)
        await client.shutdown()
    }

    /// Prints a value as JSON.
    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// The job that a person means: its own name, or the latest of a video.
    func job(_ id: String, in connection: any SQLConnection) throws -> JobRecord? {
        if let job = try JobStore.job(id, in: connection) { return job }
        return try JobStore.list(JobFilter(videoID: id, limit: 1), in: connection).first?.job
    }
}
