import Catalog
import ChildProcess
import Foundation
import Jobs
import Logging
import Pipeline
import ServiceLifecycle
import Telemetry

/// The components that the API, worker and single-machine roles share.
struct Node {
    let backends: Backends
    let metrics: Metrics
    let dispatcher: Dispatcher
    let pipeline: Pipeline
    let pipelineMetrics: PipelineMetrics
    /// Examines uploads; `nil` in a role without media children.
    let inspection: HeadInspection?
    let reconciler: Reconciler
    let logger: Logger

    init(
        _ backends: Backends, encoding: EncodingOptions, children: MediaChildOptions?, slots: Int = 1,
        scratch: ScratchFolder,
        logger: Logger
    ) async throws {
        let metrics = Metrics()
        let queue = TaskQueue(redis: backends.redis)
        var configuration = MediaProcess.Configuration(
            executable: OwnExecutable.path, scratchFolder: scratch.tasks, threads: EncodingOptions.cores)
        configuration.slots = slots
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
        pipelineMetrics = PipelineMetrics(metrics)
        inspection = children.map { _ in HeadInspection(configuration, logger: logger) }
        pipeline = Pipeline(
            database: backends.database, store: backends.store, media: media, settings: try encoding.settings(),
            metrics: pipelineMetrics, changed: { await queue.announce(video: $0) })
        reconciler = Reconciler(dispatcher: dispatcher, handler: pipeline)
    }

    var queue: TaskQueue { TaskQueue(redis: backends.redis) }

    /// Opens the backends, starts a child in the sandbox where the role has media children, lets `make` build the role's
    /// services, and runs them.
    /// - Throws: ``StartupFailure``.
    static func run(
        _ options: BackendOptions, encoding: EncodingOptions, children: MediaChildOptions? = nil, slots: Int = 1,
        schema: Backends.SchemaStep, port: Int?, logger: Logger,
        make: (Node) async throws -> [any Service]
    ) async throws {
        try await ProcessLifecycle.run(options, schema: schema, port: port, logger: logger) { backends, scratch in
            try await make(
                Node(backends, encoding: encoding, children: children, slots: slots, scratch: scratch, logger: logger))
        }
    }
}
