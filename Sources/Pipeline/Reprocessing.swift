public import Catalog
import Jobs
import MediaModel
public import SQL

/// Makes a video's objects again, beside those that are served, from the file that was sent.
public enum Reprocessing {
    /// What is made.
    public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
        /// Everything.
        case all
        /// What the served generation does not have exactly as the new plan wants it; the rest is taken over.
        case missing
    }

    /// Why a video cannot be made again.
    public enum Refusal: String, Error, Sendable, Hashable, Codable {
        /// There is no such video.
        case noVideo = "no_video"
        /// Its upload was never finished.
        case noSource = "no_source"
        /// It was taken down.
        case blocked
        /// A job of the video is not finished yet.
        case underWay = "under_way"
    }

    /// A job that was created.
    public struct Begun: Sendable, Hashable, Codable {
        /// The video.
        public let video: String
        /// The generation that is made.
        public let generation: Int
        /// The job that makes it.
        public let job: String
    }

    /// Looks whether a video can be made again now.
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
    /// What is served stays as it is until the new generation is finished. A video that failed or was rejected goes through
    /// processing as if for the first time. Attempts before this one that nobody is served from are removed.
    /// - Throws: ``Refusal`` or `SQLFailure`.
    public static func begin(
        video id: String, only scope: Scope, at time: Int64, in connection: any SQLConnection
    ) throws -> Begun {
        // Locks the video before the look, so that two who begin at once do not both find it idle.
        try connection.execute("UPDATE videos SET state = state WHERE id = $1", [.text(id)])
        let video = try check(video: id, in: connection)
        let served = try Videos.restart(id, at: time, in: connection) ? nil : video.generation
        for (number, _) in try Generations.states(video: id, in: connection) where number != served {
            try Self.abandon(video: id, number, at: time, in: connection)
        }
        let generation = try Generations.open(
            video: id, carryingFrom: scope == .missing ? served : nil, at: time, in: connection)
        let job = try JobStore.createJob(
            video: id, generation: generation.number, share: video.ownerID,
            tasks: [NewTask(.probe, lane: lane(of: generation.number))], at: time, in: connection)
        return Begun(video: id, generation: generation.number, job: job.id)
    }

    /// The lane of work that nobody waits for in front of a player: everything but a first generation.
    static func lane(_ wanted: Lane = .urgent, of generation: Int) -> Lane { generation > 1 ? .bulk : wanted }

    /// Queues what was made of a generation that nobody is served from. A worker that was given up may still write, so not
    /// at once.
    private static func abandon(
        video: String, _ number: Int, at time: Int64, in connection: any SQLConnection
    ) throws {
        try Generations.apply(.failed, to: number, of: video, in: connection)
        try DeletionQueue.queue(
            ObjectKey.generation(video: video, number), at: time + Deletion.zombieTime, in: connection)
    }

    /// Queues all generations that a newer one has taken the place of.
    static func supersede(
        video: String, by current: Int, at time: Int64, in connection: any SQLConnection
    ) throws {
        for (number, _) in try Generations.states(video: video, in: connection) where number < current {
            try DeletionQueue.queue(ObjectKey.generation(video: video, number), at: time, in: connection)
        }
    }
}
