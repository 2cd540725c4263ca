public import Catalog
import Jobs
import MediaModel
public import SQL

/// The step from an upload to a job.
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
}
