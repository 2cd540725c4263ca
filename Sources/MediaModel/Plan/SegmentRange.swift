/// Consecutive segments that one task processes: the unit of work, of retries and of the ledger.
public struct SegmentRange: Sendable, Hashable, Codable {
    /// Index of the first segment, counted from 0.
    public var first: Int
    /// How many segments; at least one.
    public var count: Int

    /// A range of `count` segments that starts with `first`.
    public init(first: Int, count: Int) {
        self.first = first
        self.count = count
    }

    /// The indices of the segments.
    public var indices: Range<Int> { first..<(first + count) }

    /// The segments that are also in another range; `nil` if there are none.
    public func clamped(to other: SegmentRange) -> SegmentRange? {
        let both = indices.clamped(to: other.indices)
        return both.isEmpty ? nil : SegmentRange(first: both.lowerBound, count: both.count)
    }

    /// The runs of segments of a range that no other range has.
    public static func gaps(in range: Range<Int>, besides others: [Range<Int>]) -> [SegmentRange] {
        var gaps: [SegmentRange] = []
        var next = range.lowerBound
        for other in others.sorted(by: { $0.lowerBound < $1.lowerBound }) where other.upperBound > next {
            if other.lowerBound >= range.upperBound { break }
            if other.lowerBound > next { gaps.append(SegmentRange(first: next, count: other.lowerBound - next)) }
            next = other.upperBound
        }
        if next < range.upperBound { gaps.append(SegmentRange(first: next, count: range.upperBound - next)) }
        return gaps
    }

    /// Splits `segments` into a short first range, so that playback can start early, and ranges of about `length` segments.
    ///
    /// The later ranges differ by at most one segment: a short last range would cost as much overhead as any other.
    /// Where key frames are far apart, a range must decode many segments before it (its lead). It is then at least as long as
    /// its lead, so that the total decoding time is proportional to the video's duration and not to its square, and it ends
    /// at a key frame if possible.
    /// - Parameters:
    ///   - segments: The number of segments of a video.
    ///   - startup: Segments of the first range.
    ///   - length: Target length of later ranges; they have at most one and a half times as many segments, unless key
    ///     frames are far apart.
    ///   - lead: Segments that must be decoded before a segment; called for `0..<segments`.
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
            // A remainder that is shorter than a range is cheaper as a part of this one.
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
        let count = rest == 0 ? 0 : max(1, (rest + length / 2) / length)
        return [SegmentRange(first: 0, count: first)]
            + (0..<count).map { index in
                let (start, end) = (rest * index / count, rest * (index + 1) / count)
                return SegmentRange(first: first + start, count: end - start)
            }
    }
}
