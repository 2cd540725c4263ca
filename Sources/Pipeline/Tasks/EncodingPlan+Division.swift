import MediaModel

/// How the tasks of a plan are divided when a viewer waits for a segment.
extension EncodingPlan {
    /// The most segments that are decoded for nothing to divide a task. Where key frames are farther apart, the whole task
    /// becomes urgent: each of its parts would decode what is before it.
    private static let longestLead = 12

    /// The segments that a task makes, for each of its tracks.
    func segments(of item: WorkItem) -> [String: Range<Int>] {
        let range = item.range(segmentCount: segmentCount)
        return Dictionary(item.tracks.map { ($0, range) }) { first, _ in first }
    }

    /// Divides a task for a viewer: the segment for which he waits and those that his player asks for next come first.
    /// - Parameters:
    ///   - missing: For each track of the task the segments that are not made.
    ///   - isFollowing: Whether the segment before it is made, so that the viewer probably watches on.
    /// - Returns: `nil` if the task has little else to make, or cannot be divided.
    func division(
        of item: WorkItem, missing: [String: Range<Int>], for demand: SegmentDemand, isFollowing: Bool
    ) -> WorkDivision? {
        guard let range = missing[demand.track], range.contains(demand.segment) else { return nil }
        let ahead = Self.ahead(item) * (isFollowing ? 2 : 1)
        if item.tracks.count == 1, range.count <= 2 * ahead { return nil }
        if case .video = item, let video, video.lead(ofSegment: demand.segment) > Self.longestLead { return nil }
        return WorkDivision(of: item, missing: missing, for: demand, count: ahead)
    }

    /// Whether a running task is stopped for a viewer: other tracks or many segments come before what he waits for.
    /// - Parameter missing: For each track of the task the segments that are not made.
    func isLate(_ demand: SegmentDemand, in item: WorkItem, missing: [String: Range<Int>]) -> Bool {
        guard let range = missing[demand.track], range.contains(demand.segment) else { return false }
        if item.tracks.count == 1, demand.segment - range.lowerBound < 2 * Self.ahead(item) { return false }
        return division(of: item, missing: missing, for: demand, isFollowing: true) != nil
    }

    /// The parts of a task that was stopped for a viewer.
    func rest(of item: WorkItem, missing: [String: Range<Int>], for demand: SegmentDemand) -> WorkDivision {
        WorkDivision(of: item, missing: missing, for: demand, count: Self.ahead(item))
    }

    /// How many segments a viewer gets first who jumps: an encode takes as long as two segments of one rung, and a cut or
    /// the audio is much faster.
    private static func ahead(_ item: WorkItem) -> Int {
        switch item {
        case .passthrough: 8
        case .audio: 4
        default: 2
        }
    }
}
