import Catalog
import Ground
import Jobs
import MediaModel
import Packager
import SQL
import Storage
import Webhooks

extension Pipeline {
    /// Writes the playlists, measured, beside the segments, and marks the video ready.
    ///
    /// The multivariant playlist comes last: who finds it in the store finds everything.
    func publish(_ task: ClaimedTask) async throws -> TaskOutcome {
        let plan = try await plan(of: task)
        let entries = try await database.read {
            try SegmentLedger.entries(video: task.videoID, generation: task.generation, in: $0)
        }
        guard let records = Completion.records(plan, entries) else {
            throw TaskFailure(.inconsistent, "the ledger lacks segments of a finished job", isRetryable: false)
        }
        let captions = OfferedCaptions(
            try await database.read { try Captions.list(videos: [task.videoID], in: $0) }
                .filter { $0.generation == task.generation }, generation: task.generation)
        let manifests = Manifests(plan: plan, records: records, captions: captions.tracks)
        try await publish(captions, of: task, as: manifests)
        for path in manifests.paths {
            guard let manifest = manifests.text(at: path) else { continue }
            try await store.put(
                text: manifest.text,
                at: ObjectKey.object(video: task.videoID, generation: task.generation, path))
        }
        let (time, ready, retention) = (clock.now(), ResultBox(), settings.retention)
        return TaskOutcome { connection in
            try Generations.apply(.finished, to: task.generation, of: task.videoID, in: connection)
            // A video that is made again was told to be ready when it first was.
            let wasReady = try Videos.find(id: task.videoID, in: connection)?.readyAt != nil
            if try Videos.setReady(task.videoID, generation: task.generation, at: time, in: connection) {
                if !wasReady { try Outbox.announce(event: .ready, video: task.videoID, at: time, in: connection) }
                try Reprocessing.supersede(
                    video: task.videoID, by: task.generation, at: time + retention, in: connection)
            }
            ready.milliseconds = try Completion.age(ofSource: task.videoID, at: time, in: connection)
            return .nothing
        } committed: { [metrics] in
            if task.generation == 1, let after = ready.milliseconds { metrics.becameReady(after: after) }
        }
    }
}
