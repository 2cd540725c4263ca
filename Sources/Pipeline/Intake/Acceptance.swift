public import Catalog
import Jobs
public import MediaModel
public import SQL
import Webhooks

/// The step from an upload to a job, or to a rejection.
public enum Acceptance {
    /// Stores the source, opens its first generation and creates the job that processes it.
    /// - Parameters:
    ///   - source: The source, whose bytes are in the store already.
    ///   - owner: The owner of the video, who is the tenant of the job.
    ///   - time: Now, in milliseconds since 1970.
    /// - Throws: `SQLFailure`, with a constraint if the video has a source already.
    public static func accept(
        _ source: Source, of owner: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try Sources.insert(source, in: connection)
        try Generations.insert(Generation(videoID: source.videoID, number: 1, createdAt: time), in: connection)
        try Videos.apply(.sourceStored, to: source.videoID, at: time, in: connection)
        _ = try JobStore.createJob(
            video: source.videoID, generation: 1, tenant: owner, tasks: [NewTask(.probe, lane: .urgent)], at: time,
            in: connection)
    }

    /// Rejects a video because of its source, and announces it. A video that is not being uploaded or processed stays as it is.
    /// - Parameter time: Now, in milliseconds since 1970.
    /// - Throws: `SQLFailure`.
    public static func reject(
        _ video: String, _ rejection: Rejection, at time: Int64, in connection: any SQLConnection
    ) throws {
        guard try Videos.reject(video, rejection, at: time, in: connection) else { return }
        try Outbox.announce(event: .rejected, video: video, at: time, in: connection)
    }
}
