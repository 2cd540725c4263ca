import ArgumentParser
import Catalog
import Ground
import Jobs
import MediaModel
import SQL
import Telemetry

/// The commands for jobs.
struct JobsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See and administer what is being processed.",
        subcommands: [
            JobsListCommand.self, JobsShowCommand.self, JobsWatchCommand.self, JobsExplainCommand.self,
            JobsRetryCommand.self, JobsCancelCommand.self, JobsReprocessCommand.self, JobsDeadCommand.self,
            JobsPauseCommand.self, JobsResumeCommand.self, JobsDrainCommand.self, JobsWorkersCommand.self,
            JobsStatsCommand.self, JobsPruneCommand.self, JobsReconcileCommand.self,
        ])
}

/// Lists jobs, newest first.
struct JobsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List jobs, newest first.")

    @OptionGroup var options: OperatorOptions

    @Option(
        help: "Only jobs in these states, comma-separated: queued, running, retrying, done, dead, cancelled.",
        completion: .list(JobState.allCases.map(\.rawValue)))
    var state: String?

    @Option(help: "How many at most, 1…10000.")
    var limit: Int = 50

    func validate() throws {
        _ = try states()
        try OperatorOptions.check(limit: limit)
    }

    private func states() throws -> Set<JobState> {
        try OperatorOptions.values(state, option: "state", noun: "state")
    }

    func run() async throws {
        let filter = JobFilter(states: try states(), limit: limit)
        let rows = try await options.withDatabase { database in
            try await database.read { try JobStore.list(filter, in: $0) }
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

/// Shows one job with its tasks.
struct JobsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a job and its tasks.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: OperatorOptions

    /// The JSON of a job.
    struct Detail: Codable, Sendable {
        let job: JobRecord
        let tasks: [TaskRecord]
    }

    func run() async throws {
        let (id, options) = (id, options)
        let detail = try await options.withDatabase { database in
            try await database.read { connection -> Detail? in
                guard let job = try options.job(id, in: connection) else { return nil }
                return Detail(job: job, tasks: try JobStore.tasks(job: job.id, in: connection))
            }
        }
        guard let detail else { throw OperatorOptions.noJob(id) }
        if options.json { return try options.printJSON(detail) }
        print("job       \(detail.job.id)\nvideo     \(detail.job.videoID), generation \(detail.job.generation)")
        print("state     \(detail.job.state.rawValue)")
        if let code = detail.job.errorCode {
            print("error     \(code): \(PlainText.lines(detail.job.errorDetail ?? ""))")
        }
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
            print("\n\(task.id): \(PlainText.lines(task.errorDetail ?? ""))")
            if let status = task.exitStatus { print("exit status \(status)") }
            if let log = task.logTail, !log.isEmpty { print(PlainText.lines(log)) }
        }
    }
}
