import ArgumentParser
import Catalog
import Foundation
import Jobs
import Logging
import MediaModel
import Redis
import SQL

/// The operator's tool.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See and steer what is being processed.",
        subcommands: [
            JobsListCommand.self, JobsShowCommand.self, JobsWatchCommand.self, JobsRetryCommand.self,
            JobsCancelCommand.self,
        ])
}

/// Where the jobs are, and how they are printed.
struct JobsOptions: ParsableArguments {
    @Option(help: "The server's data folder.")
    var data: String = "./var"

    @Flag(help: "Print JSON for programs.")
    var json = false

    /// Opens the server's database without changing its schema, and closes it afterwards.
    func withDatabase<Value: Sendable>(_ body: (any Database) async throws -> Value) async throws -> Value {
        let folder = try DataFolder(existing: data)
        do {
            let database = try SQLiteDatabase(path: folder.database, mode: .existing)
            do {
                try await Schema.check(database)
                let value = try await body(database)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        } catch let failure as SQLFailure {
            throw StartupFailure("\(failure)")
        }
    }

    /// Says to a running server that there is something to hand out; a stopped one finds it when it starts.
    func wake(job: String, _ database: any Database) async throws {
        let folder = try DataFolder(existing: data)
        guard FileManager.default.fileExists(atPath: folder.redisSocket) else { return }
        var quiet = Logger(label: "videohost.jobs")
        quiet.logLevel = .critical
        var configuration = RedisClient.Configuration()
        configuration.patience = .seconds(1)
        let client = RedisClient(
            endpoint: .unixSocket(folder.redisSocket), logger: quiet, configuration: configuration)
        await Dispatcher(database: database, queue: TaskQueue(redis: client), logger: quiet).wake(job: job)
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
        if let job = try JobBook.job(id, in: connection) { return job }
        return try JobBook.list(JobFilter(videoID: id, limit: 1), in: connection).first?.job
    }
}

/// The jobs, newest first.
struct JobsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @OptionGroup var options: JobsOptions

    @Option(help: "Only jobs in these states, comma-separated: queued, running, retrying, done, dead, cancelled.")
    var state: String?

    @Option(help: "At most so many.")
    var limit: Int = 50

    func run() async throws {
        let states = try (state?.split(separator: ",") ?? []).map { name -> JobState in
            guard let state = JobState(rawValue: String(name)) else {
                throw ValidationError("--state: there is no state “\(name)”")
            }
            return state
        }
        let filter = JobFilter(states: Set(states), limit: max(1, min(limit, 10_000)))
        let rows = try await options.withDatabase { database in
            try await database.read { try JobBook.list(filter, in: $0) }
        }
        if options.json { return try options.printJSON(rows) }
        let now = WallClock.system.now()
        print(
            TextTable.render(
                header: ["JOB", "VIDEO", "STATE", "PROGRESS", "TASKS", "AGE", "ERROR"],
                rows: rows.map { row in
                    [
                        row.job.id, row.job.videoID, row.job.state.rawValue, Percent.text(row.progress),
                        "\(row.tasks["done"] ?? 0)/\(row.tasks.values.reduce(0, +))",
                        Age.text(now - row.job.createdAt), row.job.errorCode ?? "",
                    ]
                }))
    }
}

/// One job with its tasks.
struct JobsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a job and its tasks.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: JobsOptions

    /// A job as programs see it.
    struct Detail: Codable, Sendable {
        let job: JobRecord
        let tasks: [TaskRecord]
    }

    func run() async throws {
        let (id, options) = (id, options)
        let detail = try await options.withDatabase { database in
            try await database.read { connection -> Detail? in
                guard let job = try options.job(id, in: connection) else { return nil }
                return Detail(job: job, tasks: try JobBook.tasks(job: job.id, in: connection))
            }
        }
        guard let detail else { throw StartupFailure("there is no job “\(id)”", exitCode: 66) }
        if options.json { return try options.printJSON(detail) }
        print("job       \(detail.job.id)\nvideo     \(detail.job.videoID), generation \(detail.job.generation)")
        print("state     \(detail.job.state.rawValue)")
        if let code = detail.job.errorCode { print("error     \(code): \(detail.job.errorDetail ?? "")") }
        print("")
        print(
            TextTable.render(
                header: ["TASK", "WORK", "LANE", "STATE", "PROGRESS", "ATTEMPTS", "TOOK", "ERROR"],
                rows: detail.tasks.map { task in
                    [
                        task.id, WorkText.text(task.item), task.lane.rawValue, task.state.rawValue,
                        Percent.text(task.progress), "\(task.attempts)/\(task.maxAttempts)",
                        Age.took(task.startedAt, task.finishedAt), task.errorCode ?? "",
                    ]
                }))
        for task in detail.tasks where task.errorDetail != nil {
            print("\n\(task.id): \(task.errorDetail ?? "")")
            if let status = task.exitStatus { print("exit status \(status)") }
            if let log = task.logTail, !log.isEmpty { print(log) }
        }
    }
}
