import Catalog
import Jobs
import MediaModel
import SQL
import Synchronization
import Transcoder

/// Makes the segments of video and audio tracks.
struct TrackHandler: Sendable {
    let attempt: TaskAttempt

    /// Encodes one range of segments for some rungs, all of them from one decode.
    ///
    /// If a viewer waits for a segment that would come late, the task ends with what it has made, and others do the rest.
    func encode(_ range: SegmentRange, of rungs: [String]) async throws -> TaskOutcome {
        let plan = try await attempt.plan()
        guard let video = plan.video else {
            throw TaskFailure(.inconsistent, "the plan has no video", isRetryable: false)
        }
        let (item, made) = (WorkItem.video(range: range, rungs: rungs), MadeSegments())
        let (notes, demand) = try await attempt.run { demand in
            plan.isLate(demand, in: item, missing: made.missing(of: item, range.indices))
        } _: { [attempt] in
            try await attempt.runChild(.video(video, range: range, rungs: rungs)) { event, _ in
                if case .segment(let track, _, let record) = event { made.append(record, to: track) }
            }
        }
        let entries = rungs.compactMap { made.take($0) }.map { made in
            attempt.entry(
                track: made.track, range: SegmentRange(first: range.first, count: made.segments.count),
                segments: made.segments)
        }
        return attempt.finish(
            recording: entries, notes: notes ?? [],
            leaving: demand.map { plan.rest(of: item, missing: made.missing(of: item, range.indices), for: $0) })
    }

    /// Cuts the source's own video into the segments of a rung, without encoding it.
    func passThrough(_ rung: String, _ range: SegmentRange?) async throws -> TaskOutcome {
        let plan = try await attempt.plan()
        guard let video = plan.video, video.rungs.contains(where: { $0.name == rung }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(rung)", isRetryable: false)
        }
        return try await makeMissing(.passthrough(rung: rung, range: range), of: plan, in: video.ranges) {
            .passthrough(video, rung: rung, range: $0)
        }
    }

    /// Makes an audio rendition.
    func makeAudio(_ track: String, _ range: SegmentRange?) async throws -> TaskOutcome {
        let plan = try await attempt.plan()
        guard let audio = plan.audio.first(where: { $0.name == track }) else {
            throw TaskFailure(.inconsistent, "the plan has no \(track)", isRetryable: false)
        }
        return try await makeMissing(.audio(track: track, range: range), of: plan, in: audio.ranges) {
            .audio(audio, range: $0)
        }
    }

    /// Makes the segments of a track that the ledger lacks, and records range after range at once.
    ///
    /// If a viewer waits for a segment that would come late, the task ends with what it has made, and others do the rest.
    /// - Parameters:
    ///   - ranges: The ranges of the track.
    ///   - work: The work that makes segments.
    private func makeMissing(
        _ item: WorkItem, of plan: EncodingPlan, in ranges: [SegmentRange],
        work: @escaping @Sendable (SegmentRange) -> ChildRequest.Work
    ) async throws -> TaskOutcome {
        guard let track = item.tracks.first else { return attempt.finish() }
        let recorded = try await attempt.database.read { [task = attempt.task] in
            try SegmentLedger.entries(video: task.videoID, generation: task.generation, track: track, in: $0)
        }
        let gaps = SegmentRange.gaps(
            in: item.range(segmentCount: plan.segmentCount),
            besides: recorded.map { $0.firstSegment..<($0.firstSegment + $0.segmentCount) })
        guard let first = gaps.first?.first else { return attempt.finish() }
        let made = MadeSegments()
        @Sendable func missing() -> [String: Range<Int>] {
            made.missing(of: item, first..<item.range(segmentCount: plan.segmentCount).upperBound)
        }
        let (notes, demand) = try await attempt.run { demand in
            gaps.count == 1 && plan.isLate(demand, in: item, missing: missing())
        } _: { [attempt] in
            var notes: Set<String> = []
            for gap in gaps {
                let parts = ranges.compactMap { $0.clamped(to: gap) }
                notes.formUnion(
                    try await attempt.runChild(work(gap)) { event, _ in
                        guard case .segment(_, _, let record) = event else { return }
                        made.append(record, to: track)
                        // Segments come in order (`ChildEventValidator`): with the last of a range, all of it is stored.
                        guard let part = parts.first(where: { $0.indices.last == record.index }),
                            let finished = made.take(track)
                        else { return }
                        try await attempt.record(attempt.entry(track: track, range: part, segments: finished.segments))
                    })
            }
            return notes
        }
        guard let demand else { return attempt.finish(notes: notes ?? []) }
        let entries = [made.take(track)].compactMap { $0 }.map { made in
            attempt.entry(
                track: track, range: SegmentRange(first: made.segments[0].index, count: made.segments.count),
                segments: made.segments)
        }
        return attempt.finish(recording: entries, leaving: plan.rest(of: item, missing: missing(), for: demand))
    }
}

/// The segments that a task has made: how many of each track, and those that are not recorded yet.
private final class MadeSegments: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        var pending: [String: [SegmentRecord]] = [:]
    }

    private let state = Mutex(State())

    /// Adds a segment that is stored.
    func append(_ segment: SegmentRecord, to track: String) {
        state.withLock { state in
            state.counts[track, default: 0] += 1
            state.pending[track, default: []].append(segment)
        }
    }

    /// Takes the segments of a track that are not recorded yet; `nil` if there are none.
    func take(_ track: String) -> (track: String, segments: [SegmentRecord])? {
        state.withLock { $0.pending.removeValue(forKey: track) }.map { (track, $0) }
    }

    /// The segments of a task's range that are not made yet, for each of its tracks.
    func missing(of item: WorkItem, _ range: Range<Int>) -> [String: Range<Int>] {
        let counts = state.withLock { $0.counts }
        return Dictionary(
            item.tracks.map { ($0, min(range.upperBound, range.lowerBound + (counts[$0] ?? 0))..<range.upperBound) }
        ) { first, _ in first }
    }
}
