import Catalog
import Jobs
import MediaModel
public import SQL

/// Removes ended jobs and generations that are not served.
public struct Pruning: Sendable, Hashable, Codable {
    /// The number of jobs that ended before the time.
    public var jobs: Int
    /// The folders of generations that are neither served nor processed, and not queued for removal yet.
    public var generations: [String]

    /// Finds what can be removed, without changing anything.
    /// - Parameter time: Only jobs that ended and generations that were created before this time, in milliseconds since
    ///   1970.
    public static func survey(before time: Int64, in connection: any SQLConnection) throws -> Pruning {
        let replaced = try Generations.replaced(before: time, in: connection)
        let folders = try replaced.compactMap { generation -> String? in
            let folder = ObjectKey.generation(video: generation.video, generation.number)
            guard try !DeletionQueue.contains(folder, in: connection),
                try !JobStore.hasUnfinishedJob(
                    video: generation.video, generation: generation.number, in: connection)
            else { return nil }
            return folder
        }
        return Pruning(jobs: try JobStore.countEnded(before: time, in: connection), generations: folders)
    }

    /// Removes jobs, 500 in a transaction, and queues the generations for removal.
    /// - Returns: What was removed.
    public static func run(before time: Int64, at now: Int64, in database: any Database) async throws -> Pruning {
        var jobs = 0
        while true {
            let removed = try await database.transaction { try JobStore.removeEnded(before: time, limit: 500, in: $0) }
            jobs += removed
            if removed < 500 { break }
        }
        let generations = try await database.transaction { connection in
            let folders = try survey(before: time, in: connection).generations
            for folder in folders { try DeletionQueue.queue(folder, at: now, in: connection) }
            return folders
        }
        return Pruning(jobs: jobs, generations: generations)
    }
}
