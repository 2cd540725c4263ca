import ArgumentParser
import Catalog
import Ground
import Jobs
import SQL

/// Prints the statistics of the pool.
struct JobsStatsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count what waits, runs and was done, and how long it took.")

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let now = WallClock.system.now()
        let numbers = try await options.withDatabase { database in
            try await database.read { try JobStatistics(at: now, in: $0) }
        }
        if options.json { return try options.printJSON(numbers) }
        let jobs = JobState.allCases.map { "\(numbers.jobs[$0.rawValue] ?? 0) \($0.rawValue)" }
        print("jobs: \(jobs.joined(separator: ", "))\n")
        let states = TaskState.allCases.map(\.rawValue)
        print(
            TextTable.render(
                header: ["TASKS"] + states.map { $0.uppercased() },
                rows: numbers.tasks.sorted { $0.key < $1.key }.map { kind, counts in
                    [kind] + states.map { String(counts[$0] ?? 0) }
                }))
        print("")
        print(
            TextTable.render(
                header: ["LANE", "WAITING", "HANDED OUT", "OLDEST", "STATE"],
                rows: numbers.lanes.map { lane in
                    [
                        lane.lane, "\(lane.waiting)", "\(lane.handedOut)", Age.text(lane.oldest),
                        lane.isPaused ? "paused" : "open",
                    ]
                }))
        print("\ndone in the last hour:")
        print(
            TextTable.render(
                header: ["KIND", "DONE", "WAIT P50", "WAIT P95", "RUN P50", "RUN P95"],
                rows: numbers.durations.map { kind in
                    [kind.kind, "\(kind.done)"]
                        + [kind.waitMedian, kind.wait95, kind.runMedian, kind.run95].map { Age.took(0, $0) }
                }))
    }
}
