public import Catalog
import Jobs
import MediaModel
public import SQL

/// The step from an upload to a job: all its rows, or none.
public enum Acceptance {
    /// Stores the source, opens its first generation and creates the job that processes it.
    /// - Parameters:
    ///   - source: Where the bytes are; they are in the store already.
    ///   - owner: Whose share of the pool the work uses.
    ///   - time: Now, in milliseconds since 1970.
    /// - Throws: `SQLFailure`; a video that has a source already violates a constraint.
    public static func accept(
        _ source: Source, of owner: String, at time: Int64, in connection: any SQLConnection
    ) throws {
        try Sources.insert(source, in: connection)
        try Generations.insert(Generation(videoID: source.videoID, number: 1, createdAt: time), in: connection)
        try Videos.apply(.sourceStored, to: source.videoID, at: time, in: connection)
        _ = try JobStore.createJob(
            video: source.videoID, generation: 1, share: owner, tasks: [NewTask(.probe, lane: .urgent)], at: time,
            in: connection)
    }
}
