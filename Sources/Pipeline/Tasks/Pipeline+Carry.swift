internal import Ground
import Catalog
import Jobs
import MediaModel
import SQL
import Storage

extension Pipeline {
    /// Takes over tracks of an earlier generation: its objects under new names, and what its ledger says of them.
    func carry(_ task: ClaimedTask, _ context: TaskContext, from earlier: Int, tracks: [String]) async throws
        -> TaskOutcome
    {
        let plan = try await plan(of: task)
        let found = try await database.read {
            try SegmentLedger.entries(video: task.videoID, generation: earlier, in: $0)
        }
        let wanted = Set(tracks.flatMap { $0 == ReusedTracks.images ? ReusedTracks.imageTracks : [$0] })
        let entries = found.filter { wanted.contains($0.track) }
        var paths: [String] = []
        for track in tracks {
            if track == ReusedTracks.images {
                paths += try await imagePaths(video: task.videoID, generation: earlier)
            } else {
                guard entries.filter({ $0.track == track }).reduce(0, { $0 + $1.segmentCount }) == plan.segmentCount
                else { throw TaskFailure(.inconsistent, "\(track) cannot be taken over any more", isRetryable: false) }
                paths.append(ObjectKey.initialization(track: track))
                paths += (0..<plan.segmentCount).map { ObjectKey.segment(track: track, index: $0) }
            }
        }
        try await copy(paths, of: task, context, from: earlier)
        let time = clock.now()
        let taken = entries.map { entry in
            var entry = entry
            (entry.generation, entry.epoch, entry.createdAt) = (task.generation, Int64(task.epoch), time)
            return entry
        }
        return finishing(task, recording: taken, notes: [])
    }

    /// Copies a few objects at a time.
    private func copy(_ paths: [String], of task: ClaimedTask, _ context: TaskContext, from earlier: Int) async throws {
        let store = store
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, path) in paths.enumerated() {
                if index >= 8 {
                    try await group.next()
                    context.report(progress: Double(index - 8) / Double(paths.count))
                }
                group.addTask {
                    try await store.copy(
                        ObjectKey.object(video: task.videoID, generation: earlier, path),
                        to: ObjectKey.object(video: task.videoID, generation: task.generation, path))
                }
            }
            try await group.waitForAll()
        }
    }

    /// The stills of a generation, by the names that they begin with.
    private func imagePaths(video: String, generation: Int) async throws -> [String] {
        let folder = ObjectKey.generation(video: video, generation)
        var paths: [String] = []
        for prefix in ["\(folder)/poster-", "\(folder)/storyboard-"] {
            var cursor = prefix
            while true {
                let page = try await store.list(in: folder, after: cursor, limit: 100)
                let names = page.map(\.key).filter { $0.hasPrefix(prefix) }
                paths += names.map { String($0.dropFirst(folder.count + 1)) }
                guard names.count == page.count, let last = names.last else { break }
                cursor = last
            }
        }
        return paths
    }
}
