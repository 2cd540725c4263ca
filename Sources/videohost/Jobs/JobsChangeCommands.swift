import ArgumentParser
import Jobs
import Pipeline
import SQL

/// The arguments of commands that change jobs.
struct JobChangeArguments: ParsableArguments {
    @Argument(help: "Jobs' ids, or videos' for their latest jobs.")
    var ids: [String]

    @Flag(help: "Only say what would be done.")
    var dryRun = false
}

/// Queues dead or cancelled jobs again.
struct JobsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Take dead or cancelled jobs up again; what is done stays done.")

    @OptionGroup var arguments: JobChangeArguments
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let (ids, dryRun, options) = (arguments.ids, arguments.dryRun, options)
        let changes = try await options.withDatabase { try await options.retry(ids, dryRun: dryRun, $0) }
        try options.report(changes, dryRun: dryRun)
    }
}

/// Cancels jobs.
struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop jobs; running tasks end with their next heartbeat, a video without a stream fails as cancelled."
    )

    @OptionGroup var arguments: JobChangeArguments
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let (ids, dryRun, options) = (arguments.ids, arguments.dryRun, options)
        let changes = try await options.withDatabase { database in
            let changes = try await options.changeEach(ids, dryRun: dryRun, database) { id, now, connection in
                guard let job = try options.job(id, in: connection) else { return .refused(id, "no_job") }
                let isCancelled =
                    dryRun ? job.state.isUnfinished : try JobAdministration.cancel(job, at: now, in: connection)
                guard isCancelled else { return .refused(id, job: job.id, "ended") }
                return Change(name: id, job: job.id, video: job.videoID, state: "cancelled")
            }
            if !dryRun {
                let videos = Set(changes.compactMap(\.video))
                try await options.withQueue { queue, _ in for video in videos { await queue.announce(video: video) } }
            }
            return changes
        }
        try options.report(changes, dryRun: dryRun)
    }
}

extension OperatorOptions {
    /// Queues jobs again and hands them out.
    func retry(_ ids: [String], dryRun: Bool, _ database: any Database) async throws -> [Change] {
        let options = self
        let changes = try await changeEach(ids, dryRun: dryRun, database) { id, now, connection in
            guard let job = try options.job(id, in: connection) else { return .refused(id, "no_job") }
            do {
                if dryRun {
                    try JobAdministration.checkRetry(job, in: connection)
                } else {
                    try JobAdministration.retry(job, at: now, in: connection)
                }
            } catch let refusal as JobAdministration.Refusal {
                return .refused(id, job: job.id, refusal.rawValue)
            }
            return Change(name: id, job: job.id, video: job.videoID, state: "queued")
        }
        if !dryRun { try await wake(jobs: changes.filter { $0.code == nil }.compactMap(\.job), database) }
        return changes
    }

    /// Hands out the tasks of jobs to a running pool.
    func wake(jobs: [String], _ database: any Database) async throws {
        guard !jobs.isEmpty else { return }
        try await withQueue { queue, logger in
            let dispatcher = Dispatcher(database: database, queue: queue, logger: logger)
            for job in jobs { await dispatcher.wake(job: job) }
        }
    }
}
