import ArgumentParser
import Foundation
import Ground
import Jobs
import SQL

/// Prints progress as it changes, until all jobs have ended.
struct JobsWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a job, or all unfinished ones, until they end.")

    @Argument(help: "A job's id, or a video's; all unfinished jobs if absent.")
    var id: String?

    @OptionGroup var options: OperatorOptions

    @Option(help: "Milliseconds between two looks.")
    var interval: Int = 500

    /// The state of a job at one moment.
    private struct Snapshot: Codable, Sendable, Equatable {
        let job: String
        let video: String
        let state: JobState
        let stages: [Stage]
        let error: String?

        struct Stage: Codable, Sendable, Equatable {
            let kind: String
            let done: Int
            let total: Int
            let progress: Double
        }
    }

    func run() async throws {
        let onTerminal = isatty(STDOUT_FILENO) == 1 && !options.json
        let pause = Duration.milliseconds(max(50, interval))
        let (id, options) = (id, options)
        try await options.withDatabase { database in
            var drawn = 0
            var watched: Set<String> = []
            var last: [Snapshot] = []
            while true {
                let known = watched
                let snapshots = try await database.read { try Self.read(id, known, options, in: $0) }
                if let id, snapshots.isEmpty { throw OperatorOptions.noJob(id) }
                watched.formUnion(snapshots.map(\.job))
                if onTerminal {
                    if drawn > 0 { print("\u{1b}[\(drawn)A\u{1b}[J", terminator: "") }
                    let lines = snapshots.flatMap(Self.lines)
                    for line in lines { print(line) }
                    drawn = lines.count
                } else {
                    for snapshot in snapshots where !last.contains(snapshot) {
                        if options.json {
                            print(String(decoding: try JSONEncoder().encode(snapshot), as: UTF8.self))
                        } else {
                            print(Self.lines(snapshot).joined(separator: "  "))
                        }
                    }
                }
                fflush(nil)
                last = snapshots
                if snapshots.allSatisfy({ !$0.state.isUnfinished }) {
                    if snapshots.contains(where: { $0.state == .dead }) { throw ExitCode(1) }
                    return
                }
                try await Task.sleep(for: pause)
            }
        }
    }

    private static func read(
        _ id: String?, _ watched: Set<String>, _ options: OperatorOptions, in connection: any SQLConnection
    ) throws -> [Snapshot] {
        let jobs: [JobRecord]
        if let id {
            jobs = try options.job(id, in: connection).map { [$0] } ?? []
        } else {
            let open = try JobStore.list(
                JobFilter(states: Set(JobState.allCases.filter(\.isUnfinished)), limit: 100), in: connection
            ).map(\.job)
            let ended = try watched.subtracting(open.map(\.id)).sorted().compactMap {
                try JobStore.job($0, in: connection)
            }
            jobs = open + ended
        }
        return try jobs.map { job in
            let stages = try JobStore.progress(job: job.id, in: connection)
            return Snapshot(
                job: job.id, video: job.videoID, state: job.state,
                stages: stages.map { .init(kind: $0.kind, done: $0.done, total: $0.total, progress: $0.fraction) },
                error: job.errorCode)
        }
    }

    private static func lines(_ snapshot: Snapshot) -> [String] {
        ["\(snapshot.job) \(snapshot.video) \(snapshot.state.rawValue)\(snapshot.error.map { " (\($0))" } ?? "")"]
            + snapshot.stages.map { stage in
                let cells = 24
                let filled = max(0, min(cells, Int(stage.progress * Double(cells))))
                let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
                return
                    "  \(TextTable.pad(stage.kind, 8)) \(bar) \(Percent.text(stage.progress)) \(stage.done)/\(stage.total)"
            }
    }
}
