import ArgumentParser
import Catalog
import Ground
import Jobs
import MediaModel
import SQL

/// The lanes of a command; all lanes if the option is absent.
struct LaneArguments: ParsableArguments {
    @Option(
        help: "Only these lanes, comma-separated: urgent, normal, bulk.",
        completion: .list(Lane.allCases.map(\.rawValue)))
    var lanes: String?

    func chosen() throws -> Set<Lane> {
        guard let lanes else { return Set(Lane.allCases) }
        return try OperatorOptions.values(lanes, option: "lanes", noun: "lane")
    }
}

/// Stops all workers from taking tasks.
struct JobsPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let all workers finish what they have and take no more, until resume.")

    @OptionGroup var lanes: LaneArguments
    @OptionGroup var options: OperatorOptions

    func validate() throws { _ = try lanes.chosen() }

    func run() async throws {
        let lanes = try lanes.chosen()
        try await options.changePool { try Pool.pause(lanes, at: WallClock.system.now(), in: $0) }
    }
}

/// Resumes paused lanes, or a drained worker.
struct JobsResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let paused lanes, or a drained worker, take tasks again.")

    @Argument(help: "A worker that was drained; the whole pool if absent.")
    var worker: String?

    @OptionGroup var lanes: LaneArguments
    @OptionGroup var options: OperatorOptions

    func validate() throws { _ = try lanes.chosen() }

    func run() async throws {
        let (chosen, worker) = (try lanes.chosen(), worker)
        try await options.changePool { connection in
            guard let worker else { return try Pool.resume(chosen, in: connection) }
            guard try Pool.setDraining(false, worker: worker, in: connection) else { throw noWorker(worker) }
        }
    }
}

/// Drains one worker: it finishes its tasks and takes no more.
struct JobsDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Let a worker finish what it has and take no more; resume WORKER takes it back."
    )

    @Argument(help: "The worker's name, as in the list of workers.")
    var worker: String

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let worker = worker
        try await options.changePool { connection in
            guard try Pool.setDraining(true, worker: worker, in: connection) else { throw noWorker(worker) }
        }
    }
}

/// Lists the workers of the pool.
struct JobsWorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "workers", abstract: "List the workers of the pool.")

    @OptionGroup var options: OperatorOptions

    func run() async throws {
        let workers = try await options.withDatabase { try await $0.read { try Pool.workers(in: $0) } }
        if options.json { return try options.printJSON(workers) }
        let now = WallClock.system.now()
        print(
            TextTable.render(
                header: ["WORKER", "HOST", "PID", "BUSY", "LANES", "STATE", "SEEN", "UP", "VERSION"],
                rows: workers.map { worker in
                    [
                        worker.name, worker.host, "\(worker.process)", "\(worker.busy)/\(worker.slots)",
                        worker.lanes.map(\.rawValue).joined(separator: ","),
                        !worker.isAlive(at: now) ? "gone" : worker.isDraining ? "draining" : "active",
                        Age.text(now - worker.seenAt), Age.text(now - worker.startedAt), worker.version,
                    ]
                }))
    }
}

private func noWorker(_ name: String) -> StartupFailure {
    StartupFailure("there is no worker “\(name)”: see videohost jobs workers", exitCode: OperatorExit.notFound)
}

/// The JSON of the pool's directives.
private struct PoolState: Encodable {
    var paused: [Lane]
    var draining: [String]
}

extension OperatorOptions {
    /// Changes the directives of the pool, announces the change to the workers, and prints the directives.
    func changePool(_ change: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        let state = try await withDatabase { database in
            try await database.transaction { connection in
                try change(connection)
                return PoolState(
                    paused: try Pool.pausedLanes(in: connection).sorted { $0.rawValue < $1.rawValue },
                    draining: try Pool.workers(in: connection).filter(\.isDraining).map(\.name))
            }
        }
        try await withQueue { queue, _ in await queue.announcePool() }
        if json { return try printJSON(state) }
        print("paused lanes: \(state.paused.isEmpty ? "none" : state.paused.map(\.rawValue).joined(separator: ", "))")
        if !state.draining.isEmpty { print("draining: \(state.draining.joined(separator: ", "))") }
    }
}
