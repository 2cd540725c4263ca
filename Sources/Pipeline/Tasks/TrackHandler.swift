import Catalog
import Jobs
import MediaModel
import SQL
import Transcoder

/// Makes the segments of video and audio tracks.
struct TrackHandler: Sendable {
    let attempt: TaskAttempt

    /// Encodes one range of segments for some rungs, all of them from one decode.
    func encode(_ range: SegmentRange, of rungs: [String]) async throws -> TaskOutcome {
        guard let plan = try await attempt.plan().video else {
            throw TaskFailure(.inconsistent, "the plan has no video", isRetryable: false)
        }
        var segments: [String: [SegmentRecord]] = [:]
        let notes = try await attempt.runChild(.video(plan, range: range, rungs: rungs)) { event, _ in
            if case .segment(let track, _, let record) = event { segments[track, default: []].append(record) }
        }
        return attempt.finish(
            recording: segments.map { attempt.entry(track: $0.key, range: range, segments: $0.value) }, notes: notes)
    }

    /// Cuts the source's own video into the segments of a rung, without encoding it.
    func passThrough(_ rung: String) async throws -> TaskOutcome {
        guard let plan = try await attempt.plan().video, plan.rungs.contains(where: { $0.name == rung }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(rung)", isRetryable: false)
        }
        return try await makeMissing(of: rung, plan.ranges) { .passthrough(plan, rung: rung, firstSegment: $0) }
    }

    /// Makes an audio rendition.
    func makeAudio(_ track: String) async throws -> TaskOutcome {
        guard let plan = try await attempt.plan().audio.first(where: { $0.name == track }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(track)", isRetryable: false)
        }
        return try await makeMissing(of: track, plan.ranges) { .audio(plan, firstSegment: $0) }
    }

    /// Makes the missing ranges of a track that one task makes from beginning to end, and records each at once.
    /// - Parameter work: The work that makes the track from a segment on.
    private func makeMissing(
        of track: String, _ ranges: [SegmentRange], work: (_ firstSegment: Int) -> ChildRequest.Work
    ) async throws -> TaskOutcome {
        let recorded = try await attempt.database.read { [task = attempt.task] in
            try SegmentLedger.entries(video: task.videoID, generation: task.generation, track: track, in: $0)
        }
        let missing = ranges.first { range in !recorded.contains { $0.firstSegment == range.first } }
        guard let missing else { return attempt.finish() }
        var segments: [SegmentRecord] = []
        let notes = try await attempt.runChild(work(missing.first)) { event, _ in
            guard case .segment(_, _, let record) = event else { return }
            segments.append(record)
            // Segments come in order (`ChildEventValidator`): with the last of a range, all of it is stored.
            guard let range = ranges.first(where: { $0.indices.last == record.index }) else { return }
            let finished = segments.filter { range.indices.contains($0.index) }
            segments.removeAll { range.indices.contains($0.index) }
            try await attempt.record(attempt.entry(track: track, range: range, segments: finished))
        }
        return attempt.finish(notes: notes)
    }
}
