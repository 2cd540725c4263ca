import ArgumentParser
import Catalog
import Ground
import Jobs
import Logging
import Pipeline
import Redis
import SQL

/// Makes one pass of the reconciler.
struct JobsReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Make Redis agree with the database now: leases that ran out, attempts that are due, lost tasks.")

    @Flag(help: "Only say which leases have run out.")
    var dryRun = false

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let (options, dryRun) = (options, dryRun)
        let done = try await options.withDatabase { database -> Reconciliation? in
            if dryRun {
                let now = WallClock.system.now()
                let expired = try await database.read { try TaskLeases.expired(at: now, limit: 100_000, in: $0) }
                return Reconciliation(reclaimed: expired.count, offered: 0)
            }
            var result: Result<Reconciliation, any Error>?
            try await options.withQueue { queue, logger in
                let dispatcher = Dispatcher(database: database, queue: queue, logger: logger)
                let reconciler = Reconciler(dispatcher: dispatcher, handler: VideoEndings())
                do { result = .success(try await reconciler.pass()) } catch { result = .failure(error) }
            }
            do {
                return try result?.get()
            } catch let failure as RedisFailure {
                throw StartupFailure("Redis does not answer: \(failure)", exitCode: OperatorExit.unavailable)
            }
        }
        guard let done else {
            throw StartupFailure(
                "no pool is running here: start videohost serve, or name its Redis with --redis",
                exitCode: OperatorExit.unavailable)
        }
        if options.json { return try options.printJSON(Survey(found: done, dryRun: dryRun)) }
        print("leases reclaimed: \(done.reclaimed)\(dryRun ? " (not done)" : "")")
        if !dryRun { print("waiting tasks offered to Redis again: \(done.offered)") }
    }
}
