internal import Catalog
public import Ground
public import Ingest
public import Jobs
import MediaModel
public import SQL
public import Storage
public import Telemetry
import Webhooks

/// Does the tasks of a video's job: what takes an accepted upload to a stream that is ready.
///
/// Media work happens in children; this side moves their files into the object store, and writes what exists into the
/// ledger, always in a transaction that checks that the task is still ours.
public struct Pipeline: TaskHandler {
    let database: any Database
    let store: any ObjectStore
    let media: MediaProcess
    let settings: PipelineSettings
    let clock: WallClock
    let metrics: PipelineMetrics
    /// Says that something of a video has changed.
    let changed: @Sendable (_ video: String) async -> Void

    /// A pipeline.
    public init(
        database: any Database, store: any ObjectStore, media: MediaProcess, settings: PipelineSettings,
        clock: WallClock = .system, metrics: PipelineMetrics = PipelineMetrics(Metrics()),
        changed: @escaping @Sendable (_ video: String) async -> Void
    ) {
        self.database = database
        self.store = store
        self.media = media
        self.settings = settings
        self.clock = clock
        self.metrics = metrics
        self.changed = changed
    }

    /// Runs a task.
    /// - Throws: `TaskFailure` for what is ours; `CancellationError` when the worker stops.
    public func run(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        do {
            switch task.item {
            case .probe: return try await probe(task, context)
            case .video(let range, let rungs):
                return try await makeVideo(task, context, range: range, rungs: rungs)
            case .passthrough(let rung): return try await keepPictures(task, context, rung: rung)
            case .audio(let track): return try await makeAudio(task, context, track: track)
            case .images: return try await makeImages(task, context)
            case .subtitles: return try await readSubtitles(task, context)
            case .reuse(let earlier, let tracks):
                return try await carry(task, context, from: earlier, tracks: tracks)
            case .publish: return try await publish(task)
            }
        } catch let error as StorageError {
            throw Self.failure(error)
        } catch let rejection as Rejection {
            // What headers promised may turn out to be nothing, or far too much, when it is decoded.
            return try await refuse(task, rejection)
        }
    }

    /// What a failure of the store means for a task. What only time can mend does not count against it.
    private static func failure(_ error: StorageError) -> TaskFailure {
        switch error {
        case .noSpace, .scratchFull:
            var failure = TaskFailure(.noSpace, "\(error)")
            failure.countsAsAttempt = false
            return failure
        case .io, .readOnly, .service:
            var failure = TaskFailure(.storageError, "\(error)")
            failure.countsAsAttempt = false
            return failure
        default: return TaskFailure(.storageError, "\(error)")
        }
    }

    /// Marks the video of a task that has failed for good.
    public func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {
        try VideoEndings(clock: clock).taskDied(task, in: connection)
    }

    /// The plan that a task works on.
    func plan(of task: ClaimedTask) async throws -> EncodingPlan {
        let generation = try await database.read { connection in
            try Generations.find(video: task.videoID, number: task.generation, in: connection)
        }
        guard let plan = generation?.plan, plan.formatVersion <= EncodingPlan.currentFormat else {
            throw TaskFailure(.inconsistent, "the generation has no plan that can be read", isRetryable: false)
        }
        return plan
    }

    /// Opens the source of a task's video.
    func source(of task: ClaimedTask) async throws -> LocalObject {
        let source = try await database.read { try Sources.find(video: task.videoID, in: $0) }
        guard let source else {
            throw TaskFailure(.inconsistent, "the video has no source", isRetryable: false)
        }
        return try await store.openLocally(source.objectKey)
    }

    /// A scratch folder's name: two attempts at a task never share one.
    func scratchName(_ task: ClaimedTask) -> String { "\(task.id)-\(task.epoch)" }

    /// Moves a file of a child's scratch folder to its place in the generation.
    func adopt(_ file: String, from folder: String, of task: ClaimedTask) async throws {
        // The name came from a process that is not trusted: it must be one that a plan can give.
        guard ScratchName.isAllowed(file) else {
            throw TaskFailure(.mediaError, "the media child named a file that is not its to name", isRetryable: true)
        }
        try await store.adopt(
            file: "\(folder)/\(file)",
            as: ObjectKey.object(video: task.videoID, generation: task.generation, file))
    }
}

/// What can be chosen about processing.
public struct PipelineSettings: Sendable {
    /// How plans are made.
    public var planner: Planner
    /// Milliseconds for which a generation stays after another has taken its place, for those who watch it.
    public var retention: Int64

    /// Settings.
    public init(planner: Planner = Planner(), retention: Int64 = 86_400_000) {
        self.planner = planner
        self.retention = retention
    }
}

/// Names of files that a media child may hand over.
enum ScratchName {
    /// `track/file` or `file`, of letters, digits, dashes and dots; no dot at the start of a part.
    static func isAllowed(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 64 && part.first != "."
                    && part.utf8.allSatisfy {
                        ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x2d || $0 == 0x2e
                    }
            }
    }
}
