import ArgumentParser
import Catalog
import Ground
import Jobs
import MediaModel
import SQL
import Telemetry

/// Explains the state of a job.
struct JobsExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a job is where it is, and what can be done.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let (id, options) = (id, options)
        let found = try await options.withDatabase { database in
            try await database.read { connection -> JobExplanation? in
                guard let job = try options.job(id, in: connection) else { return nil }
                var found = try JobExplanation.make(job, at: WallClock.system.now(), in: connection)
                if let video = try Videos.find(id: job.videoID, in: connection) { found.add(video) }
                return found
            }
        }
        guard let found else {
            throw OperatorOptions.noJob(id)
        }
        if options.json { return try options.printJSON(found) }
        print(
            "\(found.job.id) makes generation \(found.job.generation) of \(found.job.videoID): \(found.job.state.rawValue)"
        )
        for sentence in found.sentences { print(PlainText.lines(sentence)) }
        for sentence in found.advice { print("→ \(sentence)") }
    }
}

extension JobExplanation {
    /// Adds the sentences about a rejected or blocked video.
    fileprivate mutating func add(_ video: Video) {
        if let rejection = video.rejection {
            sentences.append("The video was rejected (\(rejection.code.rawValue)): \(rejection.detail)")
            advice.append(
                "The file is at fault. After a change of the limits, `jobs reprocess \(video.id)` looks at it again.")
        }
        if let block = video.block {
            sentences.append(
                "The video has been blocked since \(Timestamp(block.at).rfc3339): \(block.reason) Nothing of it is sent; "
                    + "its jobs go on.")
            advice.append("`videos unblock \(video.id)` lets it be seen again.")
        }
    }
}
