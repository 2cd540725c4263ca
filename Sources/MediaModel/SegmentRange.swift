/// A run of segments that one task makes: the unit of work, of retry and of the ledger.
public struct SegmentRange: Sendable, Hashable, Codable {
    /// Index of the first segment, counted from 0.
    public var first: Int
    /// How many segments; at least one.
    public var count: Int

    /// A run of `count` segments from `first` on.
    public init(first: Int, count: Int) {
        self.first = first
        self.count = count
    }

    /// The indices of the segments.
    public var indices: Range<Int> { first..<(first + count) }

    /// Cuts `segments` into a short first run, so that playing can start early, and runs of about `length` after it.
    ///
    /// The further runs are as many as come nearest to `length`, and differ by one segment at the most: a short run at the
    /// end would cost as much as any other to start and to finish, for less of the video.
    /// Where key frames are far apart, a run has to decode much that lies in front of it. It is then about as long as that,
    /// so that the decoding of all runs grows with the video's length and not with its square, and ends at a key frame if
    /// there is one.
    /// - Parameters:
    ///   - segments: All segments of a video.
    ///   - startup: Segments of the first run.
    ///   - length: Segments that a further run aims at; it has at most one and a half times as many, unless key frames are
    ///     far apart.
    ///   - lead: Segments that have to be decoded in front of a segment; called for `0..<segments`.
    public static func split(_ segments: Int, startup: Int, length: Int, lead: (Int) -> Int = { _ in 0 })
        -> [SegmentRange]
    {
        let even = split(evenly: segments, startup: startup, length: length)
        guard even.contains(where: { lead($0.first) > $0.count }) else { return even }
        var ranges = Array(even.prefix(1))
        var next = ranges[0].count
        while next < segments {
            let shortest = max(length, lead(next))
            let rest = segments - next
            // A rest that is shorter than a run costs less as a part of this one.
            guard rest >= 2 * shortest else {
                ranges.append(SegmentRange(first: next, count: rest))
                break
            }
            let most = min(shortest * 3 / 2, rest)
            let count = (shortest...most).min { lead(next + $0) < lead(next + $1) } ?? shortest
            ranges.append(SegmentRange(first: next, count: count))
            next += count
        }
        return ranges
    }

    private static func split(evenly segments: Int, startup: Int, length: Int) -> [SegmentRange] {
        guard segments > 0 else { return [] }
        let first = min(startup, segments)
        let rest = segments - first
        let runs = rest == 0 ? 0 : max(1, (rest + length / 2) / length)
        return [SegmentRange(first: 0, count: first)]
            + (0..<runs).map { run in
                let (start, end) = (rest * run / runs, rest * (run + 1) / runs)
                return SegmentRange(first: first + start, count: end - start)
            }
    }
}
