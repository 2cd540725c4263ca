import ArgumentParser
import Foundation
import Jobs
import Logging
import Redis
import SQL

/// The options of operators' commands: the backends, and how results are printed.
struct OperatorOptions: ParsableArguments {
    @OptionGroup var backends: BackendOptions

    @Flag(help: "Print JSON for programs.")
    var json = false

    /// Checks the length of a list.
    /// - Throws: A usage error (64).
    static func check(limit: Int) throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit must be 1…10000") }
    }

    /// The values in a comma-separated list of raw values; all values must be known.
    /// - Parameters:
    ///   - list: The text; `nil` means none.
    ///   - option: The name of the option, for the error.
    ///   - noun: What a value is, for the error.
    /// - Throws: A usage error (64).
    static func values<Value: RawRepresentable & Hashable>(
        _ list: String?, option: String, noun: String
    ) throws -> Set<Value> where Value.RawValue == String {
        Set(
            try (list?.split(separator: ",") ?? []).map { name in
                guard let value = Value(rawValue: String(name)) else {
                    throw ValidationError("--\(option): there is no \(noun) “\(name)”")
                }
                return value
            })
    }

    /// The failure for a job that does not exist.
    static func noJob(_ id: String) -> StartupFailure {
        StartupFailure("there is no job “\(id)”", exitCode: OperatorExit.notFound)
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

    /// Runs `body` with the queue of a running pool. Without one it does nothing, because a pool reads SQL when it starts.
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

    /// The job of this identifier, or the latest job of the video of this identifier.
    func job(_ id: String, in connection: any SQLConnection) throws -> JobRecord? {
        if let job = try JobStore.job(id, in: connection) { return job }
        return try JobStore.list(JobFilter(videoID: id, limit: 1), in: connection).first?.job
    }
}
