internal import Catalog
public import Ground
public import Ingest
public import Jobs
import MediaModel
public import SQL
public import Storage
public import Telemetry
import Webhooks

/// Does the tasks of a video's job, from an accepted upload to a finished stream.
///
/// Media work happens in child processes. This side moves their files into the object store and records the finished
/// ranges in the segment ledger, always in a transaction that checks that the worker still holds the task.
public struct Pipeline: TaskHandler {
    private let dependencies: TaskAttempt.Dependencies

    /// A pipeline.
    /// - Parameter changed: Called with the identifier of a video after each change that a player can see.
    public init(
        database: any Database, store: any ObjectStore, media: MediaProcess, settings: PipelineSettings,
        clock: WallClock = .system, metrics: PipelineMetrics = PipelineMetrics(Metrics()),
        changed: @escaping @Sendable (_ video: String) async -> Void
    ) {
        dependencies = TaskAttempt.Dependencies(
            database: database, store: store, media: media, settings: settings, clock: clock, metrics: metrics,
            changed: changed)
    }

    /// Does one attempt at a task.
    /// - Throws: `TaskFailure` if the attempt failed; `CancellationError` when the worker stops.
    public func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        let attempt = TaskAttempt(task, context, dependencies)
        do {
            switch task.item {
            case .probe: return try await ProbeHandler(attempt: attempt).run()
            case .video(let range, let rungs): return try await TrackHandler(attempt: attempt).encode(range, of: rungs)
            case .passthrough(let rung, let range):
                return try await TrackHandler(attempt: attempt).passThrough(rung, range)
            case .audio(let track, let range): return try await TrackHandler(attempt: attempt).makeAudio(track, range)
            case .images: return try await ThumbnailHandler(attempt: attempt).run()
            case .subtitles: return try await SubtitleHandler(attempt: attempt).run()
            case .reuse(let earlier, let tracks):
                return try await ReuseHandler(attempt: attempt).run(tracks, of: earlier)
            case .publish: return try await PublishHandler(attempt: attempt).run()
            }
        } catch let error as StorageError {
            throw Self.failure(error)
        } catch let rejection as Rejection {
            // Any task can find that the source does not hold what its headers promised.
            return try await reject(task, rejection)
        }
    }

    /// Marks the video of a task that has failed for good.
    public func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {
        try VideoEndings(clock: dependencies.clock).taskDied(task, in: connection)
    }

    /// The task failure for a failure of the object store. An outage of the store does not count as an attempt.
    private static func failure(_ error: StorageError) -> TaskFailure {
        var failure = TaskFailure(.storageError, "\(error)")
        switch error {
        case .noSpace, .scratchFull:
            failure.code = .noSpace
            failure.countsAsAttempt = false
        case .io, .readOnly, .service: failure.countsAsAttempt = false
        default: break
        }
        return failure
    }

    /// Rejects the video of a task and cancels the rest of the job.
    /// - Throws: `TaskFailure` if another generation is served: a served video is never rejected, the job fails instead.
    private func reject(_ task: ClaimedTask, _ rejection: Rejection) async throws -> TaskOutcome {
        let served = try await dependencies.database.read { try Videos.servedGeneration(task.videoID, in: $0) }
        guard served == nil else {
            throw TaskFailure(
                .mediaError, "the source is rejected now: \(rejection.code.rawValue): \(rejection.detail)",
                isRetryable: false)
        }
        let time = dependencies.clock.now()
        return TaskOutcome { connection in
            try Acceptance.reject(task.videoID, rejection, at: time, in: connection)
            try Generations.apply(.failed, to: task.generation, of: task.videoID, in: connection)
            return FollowUp(cancelsRest: true)
        } committed: { [metrics = dependencies.metrics] in
            metrics.rejected(rejection.code)
        }
    }
}

/// The settings of processing.
public struct PipelineSettings: Sendable {
    /// The settings of plans.
    public var planner: Planner
    /// Milliseconds for which a replaced generation stays, for viewers who still play it.
    public var retention: Int64

    /// Settings.
    public init(planner: Planner = Planner(), retention: Int64 = 86_400_000) {
        self.planner = planner
        self.retention = retention
    }
}
