import Catalog
import Ground
import Jobs
import MediaModel
import SQL
import Storage
import Transcoder

extension Pipeline {
    /// Makes a run of segments of some rungs.
    func makeVideo(_ task: ClaimedTask, _ context: TaskContext, range: SegmentRange, rungs: [String]) async throws
        -> TaskOutcome
    {
        guard let plan = try await plan(of: task).video else {
            throw TaskFailure(.inconsistent, "the plan has no video", isRetryable: false)
        }
        let source = try await source(of: task)
        defer { source.release() }
        var made: [String: [SegmentRecord]] = [:]
        var notes: Set<String> = []
        try await media.run(
            .video(plan, range: range, rungs: rungs), source: source.descriptor, name: scratchName(task)
        ) { reply, folder in
            guard case .event(let event) = reply else { return }
            switch event {
            case .initialization(_, let file, _): try await adopt(file, from: folder, of: task)
            case .segment(let track, let file, let record):
                try await adopt(file, from: folder, of: task)
                metrics.made(record, timescale: plan.timescale, isVideo: true)
                made[track, default: []].append(record)
                await changed(task.videoID)
            case .progress(let fraction): context.report(progress: fraction)
            case .note(let note): notes.insert(note)
            case .image, .captions: break
            }
        }
        let entries = made.map { entry(task, track: $0.key, range: range, segments: $0.value) }
        return finishing(task, recording: entries, notes: notes)
    }

    /// Makes what is missing of an audio rendition; each finished range is recorded at once.
    func makeAudio(_ task: ClaimedTask, _ context: TaskContext, track: String) async throws -> TaskOutcome {
        guard let plan = try await plan(of: task).audio.first(where: { $0.name == track }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(track)", isRetryable: false)
        }
        return try await makeRanges(task, context, track: track, ranges: plan.ranges, timescale: plan.sampleRate) {
            .audio(plan, firstSegment: $0)
        }
    }

    /// Cuts what is missing of a rung out of the source's own pictures; each finished range is recorded at once.
    func keepPictures(_ task: ClaimedTask, _ context: TaskContext, rung: String) async throws -> TaskOutcome {
        guard let plan = try await plan(of: task).video, plan.rungs.contains(where: { $0.name == rung }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(rung)", isRetryable: false)
        }
        return try await makeRanges(
            task, context, track: rung, ranges: plan.ranges, timescale: Int(plan.timescale), isVideo: true
        ) {
            .keep(plan, rung: rung, firstSegment: $0)
        }
    }

    /// Makes what is missing of a track that one task makes from its beginning to its end.
    /// - Parameter work: What makes the track from this segment on.
    private func makeRanges(
        _ task: ClaimedTask, _ context: TaskContext, track: String, ranges: [SegmentRange], timescale: Int,
        isVideo: Bool = false, work: (_ firstSegment: Int) -> ChildRequest.Work
    ) async throws -> TaskOutcome {
        let recorded = try await database.read {
            try SegmentLedger.entries(video: task.videoID, generation: task.generation, track: track, in: $0)
        }
        let missing = ranges.filter { range in !recorded.contains { $0.firstSegment == range.first } }
        guard let first = missing.first else { return finishing(task, recording: [], notes: []) }
        let source = try await source(of: task)
        defer { source.release() }
        var segments: [SegmentRecord] = []
        var notes: Set<String> = []
        try await media.run(
            work(first.first), source: source.descriptor, name: scratchName(task)
        ) { reply, folder in
            guard case .event(let event) = reply else { return }
            switch event {
            case .initialization(_, let file, _): try await adopt(file, from: folder, of: task)
            case .segment(_, let file, let record):
                try await adopt(file, from: folder, of: task)
                metrics.made(record, timescale: Int64(timescale), isVideo: isVideo)
                segments.append(record)
                // They come in their order, one after the other (`ChildEventValidator`): with the last of a range all are there.
                if let range = ranges.first(where: { $0.indices.last == record.index }) {
                    let done = segments.filter { range.indices.contains($0.index) }
                    segments.removeAll { range.indices.contains($0.index) }
                    try await publish(entry(task, track: track, range: range, segments: done), of: task, context)
                }
                await changed(task.videoID)
            case .progress(let fraction): context.report(progress: fraction)
            case .note(let note): notes.insert(note)
            case .image, .captions: break
            }
        }
        return finishing(task, recording: [], notes: notes)
    }

    /// Whether a failure of work that is worth a note ends it: it is the task's own doing, unlike a full disk, and no other
    /// attempt follows.
    static func isLastWord(_ failure: TaskFailure, on task: ClaimedTask) -> Bool {
        failure.countsAsAttempt && (!failure.isRetryable || task.attempt >= task.record.maxAttempts)
    }

    /// Makes posters and storyboard. They are worth a note, never a failed video.
    func makeImages(_ task: ClaimedTask, _ context: TaskContext) async throws -> TaskOutcome {
        let plan = try await plan(of: task)
        let source = try await source(of: task)
        defer { source.release() }
        var notes: Set<String> = []
        var made: [String] = []
        do {
            try await media.run(.images(plan), source: source.descriptor, name: scratchName(task)) { reply, folder in
                guard case .event(let event) = reply else { return }
                switch event {
                case .image(let file):
                    try await adopt(file, from: folder, of: task)
                    made.append(file)
                case .progress(let fraction): context.report(progress: fraction)
                case .note(let note): notes.insert(note)
                case .initialization, .segment, .captions: break
                }
            }
        } catch let failure as TaskFailure where Self.isLastWord(failure, on: task) {
            notes.insert(VideoNote.thumbnailsFailed.rawValue)
        } catch is Rejection {
            notes.insert(VideoNote.thumbnailsFailed.rawValue)
        }
        let posters = made.filter { $0.hasPrefix("poster") }.count
        let sheets = made.filter { $0.hasPrefix("storyboard") }.count
        let entries = [("posters", posters), ("storyboard", sheets)].filter { $0.1 > 0 }.map { name, count in
            entry(task, track: name, range: SegmentRange(first: 0, count: count), segments: [])
        }
        return finishing(task, recording: entries, notes: notes)
    }

    private func entry(_ task: ClaimedTask, track: String, range: SegmentRange, segments: [SegmentRecord])
        -> SegmentLedgerEntry
    {
        SegmentLedgerEntry(
            videoID: task.videoID, generation: task.generation, track: track, firstSegment: range.first,
            segmentCount: range.count, epoch: Int64(task.epoch), segments: segments.sorted { $0.index < $1.index },
            createdAt: clock.now())
    }

    private func publish(_ entry: SegmentLedgerEntry, of task: ClaimedTask, _ context: TaskContext) async throws {
        let time = clock.now()
        let playable = try await context.publishing { connection in
            try SegmentLedger.record(entry, in: connection)
            return try Completion.advance(task.record, at: time, in: connection)
        }
        if let playable { metrics.becamePlayable(after: playable) }
    }

    /// Ends a task: what it made is recorded, the video becomes playable if that was all that lacked, and the last task
    /// of a job brings the one that publishes.
    func finishing(_ task: ClaimedTask, recording entries: [SegmentLedgerEntry], notes: Set<String>) -> TaskOutcome {
        let (time, playable) = (clock.now(), ResultBox())
        return TaskOutcome { connection in
            for entry in entries { try SegmentLedger.record(entry, in: connection) }
            try Completion.note(notes, video: task.videoID, at: time, in: connection)
            playable.milliseconds = try Completion.advance(task.record, at: time, in: connection)
            let isLast = try Completion.isLast(task.record, in: connection)
            return FollowUp(tasks: isLast ? [NewTask(.publish, lane: Reprocessing.lane(of: task.generation))] : [])
        } committed: { [metrics] in
            if let after = playable.milliseconds { metrics.becamePlayable(after: after) }
        }
    }
}
