import ArgumentParser
import Catalog
import Jobs
import SQL
import Telemetry

/// Says why a job is where it is.
struct JobsExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a job is where it is, and what can be done.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: JobsOptions

    func run() async throws {
        let (id, options) = (id, options)
        let found = try await options.withDatabase { database in
            try await database.read { connection -> JobExplanation? in
                guard let job = try options.job(id, in: connection) else { return nil }
                return try JobExplanation.make(job, at: WallClock.system.now(), in: connection)
            }
        }
        guard let found else {
            throw StartupFailure("there is no job “\(id)”", exitCode: OperatorExit.notFound)
        }
        if options.json { return try options.printJSON(found) }
        print(
            "\(found.job.id) makes generation \(found.job.generation) of \(found.job.videoID): \(found.job.state.rawValue)"
        )
        for sentence in found.sentences { print(PlainText.lines(sentence)) }
        for sentence in found.advice { print("→ \(sentence)") }
    }
}
