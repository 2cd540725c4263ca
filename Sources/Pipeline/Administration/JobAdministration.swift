internal import Catalog
public import Ground
public import Jobs
import MediaModel
public import SQL
import Webhooks

/// What operators do to jobs, with the effects on the video and the generation. All inside the caller's transaction.
public enum JobAdministration {
    /// Why a job cannot be retried.
    public enum Refusal: String, Error, Sendable, Hashable, Codable {
        /// It is neither dead nor cancelled.
        case notDead = "not_dead"
        /// There is a newer generation; reprocess the video instead.
        case superseded
    }

    /// Cancels a job. A video that is processed for the first time fails with the code `cancelled`; a video that another
    /// generation serves stays as it is.
    /// - Returns: Whether the job was unfinished.
    public static func cancel(_ job: JobRecord, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try JobStore.cancel(job: job.id, at: time, in: connection) else { return false }
        try markFailed(
            video: job.videoID, generation: job.generation, .cancelled, "An operator stopped the processing.", at: time,
            in: connection)
        return true
    }

    /// Checks that a job can be retried.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    public static func checkRetry(_ job: JobRecord, in connection: any SQLConnection) throws {
        guard job.state == .dead || job.state == .cancelled else { throw Refusal.notDead }
        let newest = try Generations.states(video: job.videoID, in: connection).last?.number
        guard newest == job.generation else { throw Refusal.superseded }
    }

    /// Retries a dead or cancelled job, and its video with it. Hand it out with `Dispatcher.wake(job:)` after the commit.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    public static func retry(_ job: JobRecord, at time: Int64, in connection: any SQLConnection) throws {
        try checkRetry(job, in: connection)
        guard try JobStore.retry(job: job.id, in: connection) else { throw Refusal.notDead }
        let served = try Videos.servedGeneration(job.videoID, in: connection)
        if served == nil || served == job.generation {
            _ = try Videos.resume(job.videoID, at: time, in: connection)
        }
        try Generations.apply(
            served == job.generation ? .retriedServed : .retried, to: job.generation, of: job.videoID, in: connection)
    }

    /// Marks the generation as failed, and the video with it unless another generation is served.
    fileprivate static func markFailed(
        video: String, generation: Int, _ code: FailureCode, _ detail: String, at time: Int64,
        in connection: any SQLConnection
    ) throws {
        let served = try Videos.servedGeneration(video, in: connection)
        if served == nil || served == generation {
            if try Videos.fail(video, code, detail, at: time, in: connection) {
                try Outbox.announce(event: .failed, video: video, at: time, in: connection)
            }
        }
        try Generations.apply(.failed, to: generation, of: video, in: connection)
    }
}

/// Marks the videos of dead tasks as failed, for processes that reconcile and do no tasks.
public struct VideoEndings: TaskEnding {
    private let clock: WallClock

    /// Endings at the time of a clock.
    public init(clock: WallClock = .system) { self.clock = clock }

    /// Marks the video of a dead task as failed.
    public func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {
        // The caller's copy can be older than the failure; the row has its code.
        let task = try JobStore.task(task.id, in: connection) ?? task
        let code = task.errorCode.flatMap { FailureCode(rawValue: $0) } ?? .unexpected
        try JobAdministration.markFailed(
            video: task.videoID, generation: task.generation, code, task.errorDetail ?? "", at: clock.now(),
            in: connection)
    }
}
