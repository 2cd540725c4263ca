import Catalog
import Jobs
import MediaModel
import SQL
import Storage

/// Reuses tracks of an earlier generation: copies its objects under new names, and its ledger entries.
struct ReuseHandler: Sendable {
    let attempt: TaskAttempt

    /// Does the attempt.
    /// - Parameter tracks: Names of tracks; ``ReusedTracks/images`` means the posters and the storyboard.
    func run(_ tracks: [String], of earlier: Int) async throws -> TaskOutcome {
        let (task, plan) = (attempt.task, try await attempt.plan())
        let found = try await attempt.database.read {
            try SegmentLedger.entries(video: task.videoID, generation: earlier, in: $0)
        }
        let wanted = Set(tracks.flatMap { $0 == ReusedTracks.images ? ReusedTracks.imageTracks : [$0] })
        let entries = found.filter { wanted.contains($0.track) }
        var paths: [String] = []
        for track in tracks {
            if track == ReusedTracks.images {
                paths += try await imagePaths(of: earlier)
            } else {
                guard entries.filter({ $0.track == track }).reduce(0, { $0 + $1.segmentCount }) == plan.segmentCount
                else { throw TaskFailure(.inconsistent, "\(track) can no longer be reused", isRetryable: false) }
                paths.append(ObjectKey.initialization(track: track))
                paths += (0..<plan.segmentCount).map { ObjectKey.segment(track: track, index: $0) }
            }
        }
        try await copy(paths, of: earlier)
        let time = attempt.time
        return attempt.finish(
            recording: entries.map { entry in
                var entry = entry
                (entry.generation, entry.epoch, entry.createdAt) = (task.generation, Int64(task.epoch), time)
                return entry
            })
    }

    /// Copies objects, eight at a time.
    private func copy(_ paths: [String], of earlier: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, path) in paths.enumerated() {
                if index >= 8 {
                    try await group.next()
                    attempt.report(progress: Double(index - 8) / Double(paths.count))
                }
                group.addTask { [attempt] in
                    try await attempt.store.copy(
                        ObjectKey.object(video: attempt.task.videoID, generation: earlier, path), to: attempt.key(path))
                }
            }
            try await group.waitForAll()
        }
    }

    /// The paths of the posters and the storyboard of a generation.
    private func imagePaths(of generation: Int) async throws -> [String] {
        let folder = ObjectKey.generation(video: attempt.task.videoID, generation)
        var paths: [String] = []
        for prefix in ["\(folder)/poster-", "\(folder)/storyboard-"] {
            var cursor = prefix
            while true {
                let page = try await attempt.store.list(in: folder, after: cursor, limit: 100)
                let names = page.map(\.key).filter { $0.hasPrefix(prefix) }
                paths += names.map { String($0.dropFirst(folder.count + 1)) }
                guard names.count == page.count, let last = names.last else { break }
                cursor = last
            }
        }
        return paths
    }
}
