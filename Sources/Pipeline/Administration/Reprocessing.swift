public import Catalog
import Jobs
import MediaModel
public import SQL

/// Processes a video again from its source, into a new generation beside the one that is served.
public enum Reprocessing {
    /// The tracks that are processed.
    public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
        /// All tracks.
        case all
        /// Tracks that the served generation does not have exactly as the new plan wants them; the others are reused.
        case missing
    }

    /// Why a video cannot be reprocessed.
    public enum Refusal: String, Error, Sendable, Hashable, Codable {
        /// There is no such video.
        case noVideo = "no_video"
        /// It has no source: its upload was never finished.
        case noSource = "no_source"
        /// It is blocked.
        case blocked
        /// It has an unfinished job.
        case underWay = "under_way"
    }

    /// A job that was created.
    public struct Begun: Sendable, Hashable, Codable {
        /// The video.
        public let video: String
        /// The new generation.
        public let generation: Int
        /// The job that makes it.
        public let job: String
    }

    /// Checks that a video can be reprocessed now.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    @discardableResult
    public static func check(video id: String, in connection: any SQLConnection) throws -> Video {
        guard let video = try Videos.find(id: id, in: connection) else { throw Refusal.noVideo }
        if video.state == .blocked { throw Refusal.blocked }
        if try Sources.find(video: id, in: connection) == nil { throw Refusal.noSource }
        if try JobStore.hasUnfinishedJob(video: id, in: connection) { throw Refusal.underWay }
        return video
    }

    /// Opens the next generation and creates its job, in the bulk lane. Hand it out with `Dispatcher.wake(job:)` after the
    /// commit.
    ///
    /// The served generation stays until the new one is finished. A video that failed or was rejected is processed as if
    /// for the first time. Earlier generations that are not served are queued for removal.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    public static func begin(
        video id: String, only scope: Scope, at time: Int64, in connection: any SQLConnection
    ) throws -> Begun {
        // Locks the video first, so that of two calls at once only one finds no unfinished job.
        try connection.execute("UPDATE videos SET state = state WHERE id = $1", [.text(id)])
        let video = try check(video: id, in: connection)
        let served = try Videos.restart(id, at: time, in: connection) ? nil : video.generation
        for (number, _) in try Generations.states(video: id, in: connection) where number != served {
            try Self.abandon(video: id, number, at: time, in: connection)
        }
        let generation = try Generations.open(
            video: id, carryingFrom: scope == .missing ? served : nil, at: time, in: connection)
        let job = try JobStore.createJob(
            video: id, generation: generation.number, tenant: video.ownerID,
            tasks: [NewTask(.probe, lane: lane(of: generation.number))], at: time, in: connection)
        return Begun(video: id, generation: generation.number, job: job.id)
    }

    /// The lane of a task: `bulk` for all generations but the first, because a player can use the served one.
    static func lane(_ wanted: Lane = .urgent, of generation: Int) -> Lane { generation > 1 ? .bulk : wanted }

    /// Queues a generation that is not served for removal, after the time in which a worker that lost its lease can still
    /// write.
    private static func abandon(
        video: String, _ number: Int, at time: Int64, in connection: any SQLConnection
    ) throws {
        try Generations.apply(.failed, to: number, of: video, in: connection)
        try DeletionQueue.queue(
            ObjectKey.generation(video: video, number), at: time + Deletion.zombieTime, in: connection)
    }

    /// Queues all generations before the current one for removal.
    static func supersede(
        video: String, by current: Int, at time: Int64, in connection: any SQLConnection
    ) throws {
        for (number, _) in try Generations.states(video: video, in: connection) where number < current {
            try DeletionQueue.queue(ObjectKey.generation(video: video, number), at: time, in: connection)
        }
    }
}
