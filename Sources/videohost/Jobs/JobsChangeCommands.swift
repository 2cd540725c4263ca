import ArgumentParser
import Catalog
import Jobs
import SQL

/// Takes a dead or cancelled job up again.
struct JobsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Take a dead or cancelled job up again; what is done stays done.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: JobsOptions

    func run() async throws {
        let (id, options) = (id, options)
        try await options.withDatabase { database in
            let job = try await database.transaction { connection -> JobRecord? in
                guard let job = try options.job(id, in: connection), try JobBook.retry(job: job.id, in: connection)
                else { return nil }
                _ = try Videos.resume(job.videoID, at: WallClock.system.now(), in: connection)
                let generation = try Generations.find(
                    video: job.videoID, number: job.generation, in: connection)
                if generation?.state == .failed {
                    try Generations.setState(
                        video: job.videoID, number: job.generation, to: .processing, in: connection)
                }
                return job
            }
            guard let job else { throw StartupFailure("“\(id)” is no dead or cancelled job", exitCode: 66) }
            try await options.wake(job: job.id, database)
            if options.json {
                try options.printJSON(["job": job.id, "state": "queued"])
            } else {
                print("\(job.id) queued")
            }
        }
    }
}

/// Stops a job.
struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Stop a job; its running tasks end with their next heartbeat.")

    @Argument(help: "A job's id, or a video's for its latest job.")
    var id: String

    @OptionGroup var options: JobsOptions

    func run() async throws {
        let (id, options) = (id, options)
        try await options.withDatabase { database in
            let job = try await database.transaction { connection -> JobRecord? in
                guard let job = try options.job(id, in: connection),
                    try JobBook.cancel(job: job.id, at: WallClock.system.now(), in: connection)
                else { return nil }
                return job
            }
            guard let job else { throw StartupFailure("“\(id)” is no unfinished job", exitCode: 66) }
            if options.json {
                try options.printJSON(["job": job.id, "state": "cancelled"])
            } else {
                print("\(job.id) cancelled")
            }
        }
    }
}
