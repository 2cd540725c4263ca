import Catalog
import Jobs
import MediaModel
import SQL
import Webhooks

/// The progress of a generation by its segment ledger. All inside the caller's transaction.
enum Completion {
    /// Makes a processing generation playable once the first range of the startup rung and of the default audio rendition
    /// is recorded. Segments of other tracks are processed when players request them.
    /// - Returns: Milliseconds from the arrival of the source until it became playable; `nil` if it did not become so now.
    static func advance(_ task: TaskRecord, at time: Int64, in connection: any SQLConnection) throws -> Int64? {
        guard let generation = try Generations.find(video: task.videoID, number: task.generation, in: connection),
            generation.state == .processing, let plan = generation.plan
        else { return nil }
        // A generation beside a served one becomes playable only when it is finished.
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

    /// Milliseconds since the arrival of a video's source.
    static func age(ofSource video: String, at time: Int64, in connection: any SQLConnection) throws -> Int64? {
        try Sources.find(video: video, in: connection).map { time - $0.createdAt }
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

    /// The tracks of a plan with their segments from the ledger; `nil` while a segment is missing.
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
