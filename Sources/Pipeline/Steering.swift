internal import Catalog
public import Ground
public import Jobs
import MediaModel
public import SQL
import Webhooks

/// What an operator's word, or a task's death, means for a job's video and generation. All inside the caller's transaction.
public enum Steering {
    /// Why a job cannot be taken up again.
    public enum Refusal: String, Error, Sendable, Hashable, Codable {
        /// It is neither dead nor cancelled.
        case notDead = "not_dead"
        /// A newer generation has been begun; reprocess instead.
        case superseded
    }

    /// Stops a job. A video that is made for the first time fails with the code `cancelled`; one that is served from
    /// another generation stays as it is.
    /// - Returns: Whether the job was unfinished.
    public static func cancel(_ job: JobRecord, at time: Int64, in connection: any SQLConnection) throws -> Bool {
        guard try JobStore.cancel(job: job.id, at: time, in: connection) else { return false }
        try giveUp(
            video: job.videoID, generation: job.generation, .cancelled, "An operator stopped the processing.", at: time,
            in: connection)
        return true
    }

    /// Looks whether a job can be taken up again.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    public static func checkRetry(_ job: JobRecord, in connection: any SQLConnection) throws {
        guard job.state == .dead || job.state == .cancelled else { throw Refusal.notDead }
        let newest = try Generations.states(video: job.videoID, in: connection).last?.number
        guard newest == job.generation else { throw Refusal.superseded }
    }

    /// Takes a dead or cancelled job up again, and its video with it. Hand it out with `Dispatcher.wake(job:)` after the
    /// commit.
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

    /// Marks the video, or only the generation where another one is served, as failed.
    static func giveUp(
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

/// Marks the videos of tasks that have died, without doing tasks: for whoever only tidies up.
public struct VideoEndings: TaskEnding {
    private let clock: WallClock

    /// Endings that happen at the clock's time.
    public init(clock: WallClock = .system) { self.clock = clock }

    /// Marks the video of a task that has failed for good.
    public func taskDied(_ task: TaskRecord, in connection: any SQLConnection) throws {
        // The caller's copy may be from before the failure; the row says why.
        let task = try JobStore.task(task.id, in: connection) ?? task
        let code = task.errorCode.flatMap { FailureCode(rawValue: $0) } ?? .unexpected
        try Steering.giveUp(
            video: task.videoID, generation: task.generation, code, task.errorDetail ?? "", at: clock.now(),
            in: connection)
    }
}
