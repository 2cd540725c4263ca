import ArgumentParser
import Catalog
import Ground
import Jobs
import Pipeline
import SQL

/// Takes dead or cancelled jobs up again.
struct JobsRetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Take dead or cancelled jobs up again; what is done stays done.")

    @Argument(help: "Jobs' ids, or videos' for their latest jobs.")
    var ids: [String]

    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @OptionGroup var options: JobsOptions

    func run() async throws {
        let (ids, options, dryRun) = (ids, options, dryRun)
        let changes = try await options.withDatabase { try await options.retry(ids, dryRun: dryRun, $0) }
        try options.report(changes, dryRun: dryRun)
    }
}

/// Stops jobs.
struct JobsCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop jobs; running tasks end with their next heartbeat, a video without a stream fails as cancelled."
    )

    @Argument(help: "Jobs' ids, or videos' for their latest jobs.")
    var ids: [String]

    @Flag(help: "Only say what would be done.")
    var dryRun = false

    @OptionGroup var options: JobsOptions

    func run() async throws {
        let (ids, options, dryRun) = (ids, options, dryRun)
        let changes = try await options.withDatabase { database in
            var changes: [Change] = []
            for id in JobsOptions.once(ids) {
                let change = try await database.transaction { connection -> Change in
                    guard let job = try options.job(id, in: connection) else {
                        return Change(name: id, state: "refused", code: "no_job")
                    }
                    let isStopped =
                        dryRun
                        ? job.state.isUnfinished
                        : try Steering.cancel(job, at: WallClock.system.now(), in: connection)
                    guard isStopped else { return Change(name: id, job: job.id, state: "refused", code: "ended") }
                    return Change(name: id, job: job.id, video: job.videoID, state: "cancelled")
                }
                changes.append(change)
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

extension JobsOptions {
    /// Takes jobs up again, each in a transaction of its own, and hands them out.
    func retry(_ ids: [String], dryRun: Bool, _ database: any Database) async throws -> [Change] {
        var changes: [Change] = []
        for id in Self.once(ids) {
            let options = self
            let change = try await database.transaction { connection -> Change in
                guard let job = try options.job(id, in: connection) else {
                    return Change(name: id, state: "refused", code: "no_job")
                }
                do {
                    if dryRun {
                        try Steering.checkRetry(job, in: connection)
                    } else {
                        try Steering.retry(job, at: WallClock.system.now(), in: connection)
                    }
                } catch let refusal as Steering.Refusal {
                    return Change(name: id, job: job.id, state: "refused", code: refusal.rawValue)
                }
                return Change(name: id, job: job.id, video: job.videoID, state: "queued")
            }
            changes.append(change)
        }
        if !dryRun { try await wake(jobs: changes.filter { $0.code == nil }.compactMap(\.job), database) }
        return changes
    }

    /// Says to a running pool that there is something to hand out.
    func wake(jobs: [String], _ database: any Database) async throws {
        guard !jobs.isEmpty else { return }
        try await withQueue { queue, logger in
            let dispatcher = Dispatcher(database: database, queue: queue, logger: logger)
            for job in jobs { await dispatcher.wake(job: job) }
        }
    }
}
