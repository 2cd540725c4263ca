import Catalog
import Jobs
import MediaModel
public import SQL

/// Forgets what nobody needs any more.
public struct Pruning: Sendable, Hashable, Codable {
    /// Jobs that ended long enough ago.
    public var jobs: Int
    /// Folders of generations that nobody is served from and nobody makes, which were not queued for removal yet.
    public var generations: [String]

    /// Looks what there is, without changing anything.
    /// - Parameter time: What ended, or was begun and given up, before this time, in milliseconds since 1970.
    public static func survey(before time: Int64, in connection: any SQLConnection) throws -> Pruning {
        let rows = try connection.query(
            """
            SELECT g.video_id AS video_id, g.number AS number FROM generations g JOIN videos v ON v.id = g.video_id
            WHERE g.created_at < $1 AND (v.generation IS NULL OR v.generation <> g.number)
                AND g.number < (SELECT MAX(latest.number) FROM generations latest WHERE latest.video_id = g.video_id)
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.video_id = g.video_id AND j.generation = g.number
                    AND j.state IN ('queued', 'running', 'retrying'))
            ORDER BY g.video_id, g.number
            """, [.integer(time)])
        let folders = try rows.map { row in
            ObjectKey.generation(video: try row.text("video_id"), try row.int("number"))
        }
        return Pruning(
            jobs: try JobStore.countEnded(before: time, in: connection),
            generations: try folders.filter { try !DeletionQueue.contains($0, in: connection) })
    }

    /// Removes jobs a few hundred at a time, and queues the generations for the collector.
    /// - Returns: What was done.
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
