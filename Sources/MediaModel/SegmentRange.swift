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

    /// Cuts `segments` into a short first run, so that playing can start early, and runs of `length` after it.
    /// - Parameters:
    ///   - segments: All segments of a video.
    ///   - startup: Segments of the first run.
    ///   - length: Segments of each further run; the last one takes what is left.
    public static func split(_ segments: Int, startup: Int, length: Int) -> [SegmentRange] {
        guard segments > 0 else { return [] }
        var ranges = [SegmentRange(first: 0, count: min(startup, segments))]
        var next = ranges[0].count
        while next < segments {
            let count = min(length, segments - next)
            // A stump of a single segment costs a task of its own: the run before takes it along.
            if count * 4 <= length, ranges.count > 1 {
                ranges[ranges.count - 1].count += count
            } else {
                ranges.append(SegmentRange(first: next, count: count))
            }
            next += count
        }
        return ranges
    }
}
