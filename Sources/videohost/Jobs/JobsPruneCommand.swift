import ArgumentParser
import Catalog
import Ground
import Jobs
import Pipeline
import SQL

/// Removes ended jobs and queues generations that are not served for removal.
struct JobsPruneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove jobs that ended long ago, and generations that are no longer served.")

    @Option(help: "Only what is older: 30d, 12h, 5m.")
    var olderThan: String

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: OperatorOptions

    func validate() throws { _ = try age() }

    private func age() throws -> Int64 {
        guard let age = VideoSelection.milliseconds(olderThan) else {
            throw ValidationError("--older-than: “\(olderThan)” is not a time, as in 30d, 12h, 5m or 10s")
        }
        return age
    }

    func run() async throws {
        let now = WallClock.system.now()
        let (before, dryRun) = (now - (try age()), confirmation.dryRun)
        let done = try await options.withDatabase { database in
            let found = try await database.read { try Pruning.survey(before: before, in: $0) }
            if dryRun { return found }
            if found.jobs + found.generations.count > 1 {
                try confirmation.confirm(
                    "\(found.jobs) jobs will be forgotten and \(found.generations.count) generations removed.")
            }
            return try await Pruning.run(before: before, at: now, in: database)
        }
        if options.json { return try options.printJSON(Survey(found: done, dryRun: dryRun)) }
        print("jobs forgotten: \(done.jobs)\(dryRun ? " (not done)" : "")")
        print("generations queued for removal: \(done.generations.count)\(dryRun ? " (not done)" : "")")
        for folder in done.generations { print("  \(folder)") }
    }
}
