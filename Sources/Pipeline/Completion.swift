import Catalog
import Jobs
import MediaModel
import SQL
import Webhooks

/// What the ledger says about how far a generation is. All inside the caller's transaction.
enum Completion {
    /// Makes a processing generation playable once its beginning exists: the first range of the startup rung and of the
    /// default audio rendition. Segments of the others are hurried when somebody asks for them.
    /// - Returns: How long after its source it became playable, in milliseconds; `nil` if it did not now.
    static func advance(_ task: TaskRecord, at time: Int64, in connection: any SQLConnection) throws -> Int64? {
        guard let generation = try Generations.find(video: task.videoID, number: task.generation, in: connection),
            generation.state == .processing, let plan = generation.plan
        else { return nil }
        // A generation that is made beside a served one is shown when it is finished, and not before.
        let served = try Videos.servedGeneration(task.videoID, in: connection)
        guard served == nil || served == task.generation else { return nil }
        var needed: [String] = plan.audio.prefix(1).map(\.name)
        if let video = plan.video { needed.append(video.startupRung) }
        for track in needed {
            let exists = try SegmentLedger.contains(
                video: task.videoID, generation: task.generation, track: track, segment: 0, in: connection)
            guard exists else { return nil }
        }
        try Generations.apply(.segmentsAvailable, to: task.generation, of: task.videoID, in: connection)
        guard try Videos.setPlayable(task.videoID, generation: task.generation, at: time, in: connection) else {
            return nil
        }
        try Outbox.announce(event: .playable, video: task.videoID, at: time, in: connection)
        return try age(ofSource: task.videoID, at: time, in: connection)
    }

    /// How long a video's source has been whole, in milliseconds.
    static func age(ofSource video: String, at time: Int64, in connection: any SQLConnection) throws -> Int64? {
        try Sources.find(video: video, in: connection).map { time - $0.createdAt }
    }

    /// Whether a task is the last unfinished one of its job and nothing was published yet.
    static func isLast(_ task: TaskRecord, in connection: any SQLConnection) throws -> Bool {
        try JobStore.isLast(task, before: WorkItem.publish.kind, in: connection)
    }

    /// Adds notes for the creator, each once.
    static func note(_ notes: Set<String>, video: String, at time: Int64, in connection: any SQLConnection) throws {
        guard !notes.isEmpty, let record = try Videos.find(id: video, in: connection) else { return }
        let added = notes.subtracting(record.notes).sorted()
        guard !added.isEmpty else { return }
        try Videos.setFindings(
            video, durationMilliseconds: record.durationMilliseconds, notes: record.notes + added, at: time,
            in: connection)
    }

    /// The tracks of a plan as the ledger has them, or `nil` while a segment is missing.
    static func records(_ plan: EncodingPlan, _ entries: [SegmentLedgerEntry]) -> [TrackRecord]? {
        let names = (plan.video?.rungs.map(\.name) ?? []) + plan.audio.map(\.name)
        var records: [TrackRecord] = []
        for name in names {
            let segments = entries.filter { $0.track == name }.flatMap(\.segments).sorted { $0.index < $1.index }
            guard segments.map(\.index) == Array(0..<plan.segmentCount) else { return nil }
            records.append(TrackRecord(name: name, segments: segments))
        }
        return records
    }
}
