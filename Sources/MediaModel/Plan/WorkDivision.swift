/// A segment for which a viewer waits.
public struct SegmentDemand: Sendable, Hashable, Codable {
    /// The track's name.
    public var track: String
    /// The segment's index, counted from 0.
    public var segment: Int

    /// A segment of a track.
    public init(track: String, segment: Int) {
        self.track = track
        self.segment = segment
    }
}

/// The division of a task's work into the part for which a viewer waits and the rest.
///
/// The parts cover each segment of each track that is not made yet exactly once. There are at most six of them for a task
/// whose tracks are all at the same segment.
public struct WorkDivision: Sendable, Hashable {
    /// The part for which a viewer waits: some segments of one track; `nil` if they are made already.
    public let demanded: WorkItem?
    /// The rest, in the order of its segments.
    public let rest: [WorkItem]

    /// Whether there is nothing left to do.
    public var isEmpty: Bool { demanded == nil && rest.isEmpty }

    /// Divides the work that a task has still to do.
    /// - Parameters:
    ///   - item: The task's work.
    ///   - missing: For each of its tracks the segments that are not made yet.
    ///   - demand: The segment for which a viewer waits.
    ///   - count: How many segments from that one on the viewer gets first.
    public init(of item: WorkItem, missing: [String: Range<Int>], for demand: SegmentDemand, count: Int) {
        var wanted: Range<Int>?
        if let range = missing[demand.track], range.contains(demand.segment) {
            wanted = demand.segment..<min(range.upperBound, demand.segment + max(1, count))
        }
        demanded = wanted.flatMap { item.part($0, of: [demand.track]) }
        let edges =
            missing.values.flatMap { [$0.lowerBound, $0.upperBound] }
            + [wanted?.lowerBound, wanted?.upperBound]
            .compactMap { $0 }
        let cuts = Set(edges).sorted()
        var parts: [(range: Range<Int>, tracks: [String])] = []
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            let tracks = item.tracks.filter { track in
                missing[track]?.contains(start) == true
                    && !(track == demand.track && wanted?.contains(start) == true)
            }
            if let last = parts.last, last.tracks == tracks, last.range.upperBound == start {
                parts[parts.count - 1].range = last.range.lowerBound..<end
            } else if !tracks.isEmpty {
                parts.append((start..<end, tracks))
            }
        }
        rest = parts.compactMap { item.part($0.range, of: $0.tracks) }
    }
}

extension WorkItem {
    /// The tracks whose segments it makes; none for other work.
    public var tracks: [String] {
        switch self {
        case .video(_, let rungs): rungs
        case .passthrough(let track, _), .audio(let track, _): [track]
        case .probe, .images, .subtitles, .reuse, .publish: []
        }
    }

    /// The segments that it makes of each of its tracks.
    /// - Parameter segmentCount: The number of segments of the plan.
    public func range(segmentCount: Int) -> Range<Int> {
        switch self {
        case .video(let range, _): range.indices
        case .passthrough(_, let range), .audio(_, let range): range?.indices ?? 0..<segmentCount
        case .probe, .images, .subtitles, .reuse, .publish: 0..<0
        }
    }

    /// The same work for a part of its segments and tracks.
    fileprivate func part(_ segments: Range<Int>, of tracks: [String]) -> WorkItem? {
        let range = SegmentRange(first: segments.lowerBound, count: segments.count)
        return switch self {
        case .video: .video(range: range, rungs: tracks)
        case .passthrough(let rung, _): .passthrough(rung: rung, range: range)
        case .audio(let track, _): .audio(track: track, range: range)
        case .probe, .images, .subtitles, .reuse, .publish: nil
        }
    }
}
