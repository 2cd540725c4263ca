import Catalog
import Jobs
import MediaModel
import Packager
import SQL
import Storage
import Webhooks

/// Writes the playlists of a finished generation beside its segments, and makes it the one that is served.
struct PublishHandler: Sendable {
    let attempt: TaskAttempt

    /// Does the attempt. The multivariant playlist is written last: everything that it names is in the store.
    func run() async throws -> TaskOutcome {
        let (task, plan) = (attempt.task, try await attempt.plan())
        let (entries, captions) = try await attempt.database.read { connection in
            (
                try SegmentLedger.entries(video: task.videoID, generation: task.generation, in: connection),
                try Captions.list(videos: [task.videoID], in: connection)
            )
        }
        guard let records = Completion.records(plan, entries) else {
            throw TaskFailure(.inconsistent, "the ledger lacks segments of a finished job", isRetryable: false)
        }
        // Captions that the owner sent belong to the video, not to the generation.
        let offered = OfferedCaptions(
            captions.filter { $0.generation == task.generation }, generation: task.generation)
        let manifests = Manifests(plan: plan, records: records, captions: offered.tracks)
        for item in offered.items { try await write(item, of: manifests) }
        for path in manifests.paths {
            guard let manifest = manifests.text(at: path) else { continue }
            try await attempt.store.put(text: manifest.text, at: attempt.key(path))
        }
        return serve()
    }

    /// Writes the caption segments of a track, eight at a time.
    private func write(_ item: OfferedCaptions.Item, of manifests: Manifests) async throws {
        let record = try await attempt.database.read { [task = attempt.task] in
            try Captions.find(video: task.videoID, generation: task.generation, track: item.record.track, in: $0)
        }
        let cues = try CaptionReader.cues((record?.webVTT ?? "").utf8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, path) in manifests.cuePaths(track: item.track).enumerated() {
                guard let text = manifests.text(at: path, cues: cues)?.text else { continue }
                if index >= 8 { try await group.next() }
                group.addTask { [attempt] in try await attempt.store.put(text: text, at: attempt.key(path)) }
            }
            try await group.waitForAll()
        }
    }

    /// The outcome that makes the generation ready and the served one, and queues the generations before it for removal.
    private func serve() -> TaskOutcome {
        let (time, ready, retention) = (attempt.time, ResultBox(), attempt.settings.retention)
        return TaskOutcome { [task = attempt.task] connection in
            try Generations.apply(.finished, to: task.generation, of: task.videoID, in: connection)
            // The webhook tells once that a video is ready: for its first generation.
            let wasReady = try Videos.find(id: task.videoID, in: connection)?.readyAt != nil
            if try Videos.setReady(task.videoID, generation: task.generation, at: time, in: connection) {
                if !wasReady { try Outbox.announce(event: .ready, video: task.videoID, at: time, in: connection) }
                try Reprocessing.supersede(
                    video: task.videoID, by: task.generation, at: time + retention, in: connection)
            }
            ready.milliseconds = try Completion.age(ofSource: task.videoID, at: time, in: connection)
            return .nothing
        } committed: { [task = attempt.task, metrics = attempt.metrics] in
            if task.generation == 1, let after = ready.milliseconds { metrics.becameReady(after: after) }
        }
    }
}
