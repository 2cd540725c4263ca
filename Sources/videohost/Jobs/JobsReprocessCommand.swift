import ArgumentParser
import Catalog
import Ground
import Jobs
import Pipeline
import SQL

/// Reprocesses videos.
struct JobsReprocessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reprocess",
        abstract: "Reprocess videos from their sources; viewers get the old streams until the new ones are finished.")

    @Argument(help: "Videos' ids.")
    var videos: [String] = []

    @Flag(help: "All videos that have a source.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "Videos for which all terms hold: state=ready+failed,missing-rung=1080,older-than=30d.",
            valueName: "terms"))
    var `where`: String?

    @Option(
        help: "missing: take over what is already as it should be.",
        completion: .list(Reprocessing.Scope.allCases.map(\.rawValue)))
    var only: String = Reprocessing.Scope.all.rawValue

    @OptionGroup var confirmation: ConfirmationArguments
    @OptionGroup var options: OperatorOptions

    func validate() throws {
        guard [!videos.isEmpty, all, `where` != nil].count(where: { $0 }) == 1 else {
            throw ValidationError("name videos, or say --all or --where, one of the three")
        }
        guard Reprocessing.Scope(rawValue: only) != nil else {
            throw ValidationError(
                "--only must be \(Reprocessing.Scope.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        _ = try selection()
    }

    private func selection() throws -> VideoSelection {
        do {
            return try `where`.map { try VideoSelection(parsing: $0) } ?? VideoSelection()
        } catch let error as VideoSelection.Malformed {
            throw ValidationError("--where: \(error.reason)")
        }
    }

    func run() async throws {
        let (options, dryRun, selection) = (options, confirmation.dryRun, try selection())
        let scope = Reprocessing.Scope(rawValue: only) ?? .all
        let changes = try await options.withDatabase { database in
            let chosen = videos.isEmpty ? try await Self.choose(selection, database) : videos
            if Set(chosen).count > 1 { try confirmation.confirm("\(Set(chosen).count) videos will be reprocessed.") }
            let changes = try await options.changeEach(chosen, dryRun: dryRun, database) { video, now, connection in
                try Self.begin(video, scope, dryRun: dryRun, at: now, in: connection)
            }
            if !dryRun { try await options.wake(jobs: changes.compactMap(\.job), database) }
            return changes
        }
        // With --all or --where, a video that is being processed already is not an error.
        let named = videos.isEmpty ? changes.filter { $0.code != Reprocessing.Refusal.underWay.rawValue } : changes
        try options.report(named, dryRun: dryRun)
    }

    private static func begin(
        _ video: String, _ scope: Reprocessing.Scope, dryRun: Bool, at now: Int64, in connection: any SQLConnection
    ) throws -> Change {
        do {
            if dryRun {
                try Reprocessing.check(video: video, in: connection)
                return Change(name: video, video: video, state: "queued")
            }
            let begun = try Reprocessing.begin(video: video, only: scope, at: now, in: connection)
            return Change(
                name: video, job: begun.job, video: video, generation: begun.generation, state: "queued")
        } catch let refusal as Reprocessing.Refusal {
            return .refused(video, refusal.rawValue)
        }
    }

    private static func choose(_ selection: VideoSelection, _ database: any Database) async throws -> [String] {
        let now = WallClock.system.now()
        var chosen: [String] = []
        var cursor: String?
        repeat {
            let after = cursor
            let page = try await database.read { try selection.page(after: after, at: now, in: $0) }
            chosen += page.videos
            cursor = page.next
        } while cursor != nil
        return chosen
    }
}
