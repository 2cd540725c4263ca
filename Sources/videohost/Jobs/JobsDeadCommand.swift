import ArgumentParser
import Catalog
import Ground
import Jobs
import SQL

/// The commands for tasks that have failed for good.
struct JobsDeadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead", abstract: "List tasks that have failed for good, and take them up again.",
        subcommands: [JobsDeadListCommand.self, JobsDeadRetryCommand.self])
}

/// Lists dead tasks, the latest first.
struct JobsDeadListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List dead tasks, the latest death first.")

    @Option(help: "How many at most, 1…10000.")
    var limit: Int = 100

    @OptionGroup var options: OperatorOptions

    func validate() throws { try OperatorOptions.check(limit: limit) }

    func run() async throws {
        let limit = limit
        let tasks = try await options.withDatabase { database in
            try await database.read { try JobStore.deadTasks(limit: limit, in: $0) }
        }
        if options.json { return try options.printJSON(tasks) }
        let now = WallClock.system.now()
        print(
            TextTable.render(
                header: ["TASK", "JOB", "VIDEO", "WORK", "ATTEMPTS", "DIED", "ERROR", "EXIT", "DETAIL"],
                rows: tasks.map { task in
                    [
                        task.id, task.jobID, task.videoID, WorkText.text(task.item),
                        "\(task.attempts)/\(task.maxAttempts)", Age.text(now - (task.finishedAt ?? now)),
                        task.errorCode ?? "", task.exitStatus.map(String.init) ?? "",
                        String((task.errorDetail ?? "").prefix(80)),
                    ]
                }))
    }
}

/// Retries the jobs of dead tasks.
struct JobsDeadRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Take the jobs of dead tasks up again, with all their attempts.")

    @Argument(help: "Ids of tasks, jobs or videos.")
    var ids: [String] = []

    @Flag(help: "All dead tasks.")
    var all = false

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: OperatorOptions

    func validate() throws {
        guard ids.isEmpty == all else { throw ValidationError("name tasks, or say --all, one of the two") }
    }

    func run() async throws {
        let (ids, all, options, dryRun) = (ids, all, options, confirmation.dryRun)
        let changes = try await options.withDatabase { database in
            let jobs = try await database.read { connection -> [String] in
                if all {
                    let dead = try JobStore.deadTasks(limit: 100_000, in: connection)
                    return dead.reduce(into: []) { jobs, task in
                        if !jobs.contains(task.jobID) { jobs.append(task.jobID) }
                    }
                }
                return try ids.map { try JobStore.task($0, in: connection)?.jobID ?? $0 }
            }
            if jobs.count > 1, all { try confirmation.confirm("\(jobs.count) jobs will be taken up again.") }
            let changes = try await options.retry(jobs, dryRun: dryRun, database)
            // With --all, a dead job that a newer generation has replaced is not an error.
            return all ? changes.filter { $0.code == nil } : changes
        }
        try options.report(changes, dryRun: dryRun)
    }
}
