import Catalog
import ChildProcess
import Foundation
import Jobs
import Logging
import Pipeline
import ServiceLifecycle
import Telemetry
import UnixSignals

/// What every role of the program has in common, and the life of its process: open, run until a signal, close.
struct Node {
    let backends: Backends
    let metrics: Metrics
    let dispatcher: Dispatcher
    let pipeline: Pipeline
    let reconciler: Reconciler
    let logger: Logger

    init(
        _ backends: Backends, encoding: EncodingOptions, children: MediaChildOptions?, scratch: ScratchFolder,
        logger: Logger
    ) async throws {
        let metrics = Metrics()
        let queue = TaskQueue(redis: backends.redis)
        var configuration = MediaProcess.Configuration(
            executable: OwnExecutable.path, scratchFolder: scratch.tasks, threads: EncodingOptions.cores)
        children?.apply(to: &configuration)
        let media = MediaProcess(configuration)
        try media.clearScratch()
        if let sandbox = children?.sandbox {
            let report = try await sandbox.report(in: scratch.tasks)
            try sandbox.check(report)
            logger.log(level: report.missing.isEmpty ? .info : .warning, "\(report.line)")
        }
        self.backends = backends
        self.metrics = metrics
        self.logger = logger
        dispatcher = Dispatcher(
            database: backends.database, queue: queue, metrics: JobMetrics(metrics), logger: logger)
        pipeline = Pipeline(
            database: backends.database, store: backends.store, media: media, settings: try encoding.settings(),
            metrics: PipelineMetrics(metrics), changed: { await queue.announce(video: $0) })
        reconciler = Reconciler(dispatcher: dispatcher, handler: pipeline)
    }

    var queue: TaskQueue { TaskQueue(redis: backends.redis) }

    /// Opens the backends, starts a child in the sandbox where the role has media children, lets `make` build the role's
    /// services, and runs them.
    ///
    /// The first signal ends gracefully, the second at once: what was not handed back then, others take over when the
    /// lease has run out.
    /// - Throws: ``StartupFailure``.
    static func run(
        _ options: BackendOptions, encoding: EncodingOptions, children: MediaChildOptions? = nil,
        schema: Backends.SchemaStep, port: Int?, logger: Logger,
        make: (Node) async throws -> [any Service]
    ) async throws {
        do {
            let folder = try DataFolder(creating: options.data)
            let scratch = try ScratchFolder(in: options.scratch ?? folder.scratch)
            defer { scratch.remove() }
            let backends = try await Backends.open(options, folder, scratch: scratch, schema: schema, logger: logger)
            let outcome: Result<Void, any Error>
            do {
                let node = try await Node(
                    backends, encoding: encoding, children: children, scratch: scratch, logger: logger)
                let services = try await make(node)
                let group = ServiceGroup(
                    configuration: .init(
                        services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
                try await withImpatience { try await group.run() }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await backends.close()
            try outcome.get()
        } catch {
            throw StartupFailure(error, port: port)
        }
    }

    /// Runs `body`; a second signal meanwhile ends the process on the spot.
    private static func withImpatience(_ body: () async throws -> Void) async throws {
        let impatience = Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                // Media children die with this process: the kernel sees to it (PR_SET_PDEATHSIG).
                if count == 2 { _exit(128 + signal.rawValue) }
            }
        }
        defer { impatience.cancel() }
        try await body()
    }
}
