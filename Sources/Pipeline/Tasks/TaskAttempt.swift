import Catalog
import Ground
import Ingest
import Jobs
import MediaModel
import SQL
import Storage
import Synchronization
import Transcoder

/// One attempt at a task of a video: reads its inputs, runs its child process, and stores what the child makes.
struct TaskAttempt: Sendable {
    /// What all attempts share.
    struct Dependencies: Sendable {
        let database: any Database
        let store: any ObjectStore
        let media: MediaProcess
        let settings: PipelineSettings
        let clock: WallClock
        let metrics: PipelineMetrics
        /// Called with the identifier of a video after each change that a player can see.
        let changed: @Sendable (_ video: String) async -> Void
    }

    /// The claimed task.
    let task: ClaimedTask
    private let context: TaskContext
    private let dependencies: Dependencies

    init(_ task: ClaimedTask, _ context: TaskContext, _ dependencies: Dependencies) {
        self.task = task
        self.context = context
        self.dependencies = dependencies
    }

    var database: any Database { dependencies.database }
    var store: any ObjectStore { dependencies.store }
    var settings: PipelineSettings { dependencies.settings }
    var metrics: PipelineMetrics { dependencies.metrics }
    /// Now, in milliseconds since 1970.
    var time: Int64 { dependencies.clock.now() }

    /// The key of an object of the generation that the task makes.
    func key(_ path: String) -> String {
        ObjectKey.object(video: task.videoID, generation: task.generation, path)
    }

    /// Reports the finished part of the task, 0…1.
    func report(progress: Double) { context.report(progress: progress) }

    /// The plan of the generation.
    /// - Throws: `TaskFailure` if there is none that this version of the program can read.
    func plan() async throws -> EncodingPlan {
        let generation = try await database.read { [task] connection in
            try Generations.find(video: task.videoID, number: task.generation, in: connection)
        }
        guard let plan = generation?.plan, plan.formatVersion <= EncodingPlan.currentFormat else {
            throw TaskFailure(.inconsistent, "the generation has no plan that can be read", isRetryable: false)
        }
        return plan
    }

    /// Opens a local file of the source; the caller releases it.
    /// - Throws: `TaskFailure` if the video has no source; `StorageError`.
    func openSource() async throws -> LocalObject {
        let source = try await database.read { [task] in try Sources.find(video: task.videoID, in: $0) }
        guard let source else {
            throw TaskFailure(.inconsistent, "the video has no source", isRetryable: false)
        }
        return try await store.openLocally(source.objectKey)
    }

    /// Probes the source in a child process.
    func probe(_ source: LocalObject, planner: Planner) async throws -> ProbeResult {
        let found = try await dependencies.media.run(
            .probe(planner), source: source.descriptor, name: scratchName, isUrgent: isUrgent
        ) { event, _ in
            if case .progress(let fraction) = event { context.report(progress: fraction) }
        }
        guard let found else {
            throw TaskFailure(.mediaError, "the probe ended without a result", isRetryable: true)
        }
        return found
    }

    /// Has a child process do some work. Stores its files in the generation, counts them, and reports its progress.
    /// - Parameters:
    ///   - failureNote: The note that stands for a final failure, if the video is complete without the work; `nil` if it is
    ///     not.
    ///   - onFile: Called after a file of the child is stored or, for captions, while it lies in the folder.
    /// - Returns: The notes for the creator.
    func runChild(
        _ work: ChildRequest.Work, failureNote: VideoNote? = nil,
        onFile: (TranscodeEvent, _ folder: String) async throws -> Void
    ) async throws -> Set<String> {
        var notes: Set<String> = []
        do {
            let source = try await openSource()
            defer { source.release() }
            try await dependencies.media.run(
                work, source: source.descriptor, name: scratchName, isUrgent: isUrgent
            ) { event, folder in
                switch event {
                case .progress(let fraction): context.report(progress: fraction)
                case .note(let note): notes.insert(note)
                case .captions: try await onFile(event, folder)
                case .initialization(_, let file, _), .image(let file):
                    try await store.adopt(file: "\(folder)/\(file)", as: key(file))
                    try await onFile(event, folder)
                case .segment(_, let file, let record):
                    try await store.adopt(file: "\(folder)/\(file)", as: key(file))
                    metrics.stored(record, timescale: work.timescale, isVideo: work.makesFrames)
                    try await onFile(event, folder)
                    await dependencies.changed(task.videoID)
                }
            }
        } catch {
            let isFinal = (error as? TaskFailure).map { Self.isFinal($0, of: task) } ?? (error is Rejection)
            guard let failureNote, isFinal else { throw error }
            notes.insert(failureNote.rawValue)
        }
        return notes
    }

    /// Whether no other attempt follows a failure, and an outage is not its cause.
    static func isFinal(_ failure: TaskFailure, of task: ClaimedTask) -> Bool {
        failure.countsAsAttempt && (!failure.isRetryable || task.attempt >= task.record.maxAttempts)
    }

    /// A ledger entry of this attempt.
    func entry(track: String, range: SegmentRange, segments: [SegmentRecord]) -> SegmentLedgerEntry {
        SegmentLedgerEntry(
            videoID: task.videoID, generation: task.generation, track: track, firstSegment: range.first,
            segmentCount: range.count, epoch: Int64(task.epoch), segments: segments.sorted { $0.index < $1.index },
            createdAt: time)
    }

    /// Records a finished range while the task goes on, and makes the video playable if that range was the last it lacked.
    func record(_ entry: SegmentLedgerEntry) async throws {
        let time = time
        let playable = try await context.record { [task] connection in
            try SegmentLedger.record(entry, in: connection)
            return try Completion.advance(task.record, at: time, in: connection)
        }
        if let playable { metrics.becamePlayable(after: playable) }
    }

    /// Stores rows while the task goes on, if the worker still holds it.
    func store(_ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await context.record(body)
    }

    /// The outcome of a task that made segments or images: records them, makes the video playable if they were the last it
    /// lacked, and adds the publishing task if this was the last task before it.
    /// - Parameter division: What a task that was stopped for a viewer leaves for others; `nil` if it has done all its work.
    func finish(
        recording entries: [SegmentLedgerEntry] = [], notes: Set<String> = [], leaving division: WorkDivision? = nil
    ) -> TaskOutcome {
        let (time, playable) = (time, ResultBox())
        return TaskOutcome { [task] connection in
            for entry in entries { try SegmentLedger.record(entry, in: connection) }
            try Completion.note(notes, video: task.videoID, at: time, in: connection)
            playable.milliseconds = try Completion.advance(task.record, at: time, in: connection)
            if let division, !division.isEmpty {
                let lane = Reprocessing.lane(.normal, of: task.generation)
                var followUp = FollowUp(tasks: division.rest.map { NewTask($0, lane: lane) })
                followUp.demanded = [division.demanded].compactMap { $0 }.map { NewTask($0, lane: .urgent) }
                if case .video = task.item { followUp.weight = entries.map(\.segmentCount).max() ?? 0 }
                return followUp
            }
            guard try JobStore.isLast(task.record, before: WorkItem.publish.kind, in: connection) else {
                return .nothing
            }
            return FollowUp(tasks: [NewTask(.publish, lane: Reprocessing.lane(of: task.generation))])
        } committed: { [metrics] in
            if let after = playable.milliseconds { metrics.becamePlayable(after: after) }
        }
    }

    /// Does work until it is complete, or until a viewer waits for a part of it that would come late.
    /// - Parameters:
    ///   - isLate: Whether the work is stopped for a demand.
    ///   - work: Ends soon when it is cancelled. What it has stored until then stays.
    /// - Returns: The result of the work and no demand, or the demand for which it was stopped.
    /// - Throws: What `work` throws.
    func run<Value: Sendable>(
        stoppingIf isLate: @escaping @Sendable (SegmentDemand) -> Bool,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> (result: Value?, demand: SegmentDemand?) {
        try await withThrowingTaskGroup(of: (result: Value?, demand: SegmentDemand?).self) { [demands] group in
            group.addTask { (try await work(), nil) }
            group.addTask {
                for await demand in demands where isLate(demand) { return (nil, demand) }
                return (nil, nil)
            }
            defer { group.cancelAll() }
            var demand: SegmentDemand?
            while let part = await group.nextResult() {
                switch part {
                case .success((let result?, _)): return (result, nil)
                case .success((nil, let found)):
                    demand = found
                    if found != nil { group.cancelAll() }
                case .failure(let error):
                    guard let demand, !(error is Rejection) else { throw error }
                    return (nil, demand)
                }
            }
            return (nil, demand)
        }
    }

    /// The segments for which viewers wait while the task runs.
    private var demands: AsyncStream<SegmentDemand> { context.demands }

    /// Whether a viewer waits for the task's result.
    private var isUrgent: Bool { task.record.lane == .urgent }

    /// The name of the scratch folder; two attempts at a task never share one.
    private var scratchName: String { "\(task.id)-\(task.epoch)" }
}

/// A time that a transaction measures, for the metrics that are counted after its commit.
final class ResultBox: Sendable {
    private let value = Mutex<Int64?>(nil)

    /// Milliseconds since the source was complete; `nil` if the event did not happen.
    var milliseconds: Int64? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
