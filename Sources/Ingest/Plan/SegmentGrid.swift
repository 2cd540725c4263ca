import MediaModel

/// Where segments begin, on one clock, for every track of a presentation.
///
/// A segment begins with the first frame at or after each multiple of the target. Where no frame is near, because the
/// source holds a picture for long, it begins at the multiple itself and the picture held is repeated there: so segments
/// stay short whatever the frame times are, and every one of them begins with a key frame.
struct SegmentGrid: Sendable, Hashable {
    /// Ticks a second.
    let timescale: Int64
    /// Starts of all segments, and the end.
    let boundaries: [Int64]
    /// Segments that begin with a repeated frame.
    let held: [Int]

    /// Segments.
    var segmentCount: Int { boundaries.count - 1 }

    /// Lays the grid.
    /// - Parameters:
    ///   - frames: Times of the frames in ticks, rising, the first 0; empty for a track that can be cut anywhere.
    ///   - timescale: Ticks a second.
    ///   - end: When the presentation is over, in ticks; greater than the last frame's time.
    ///   - targetSeconds: Seconds a segment aims at.
    init(frames: [Int64], timescale: Int64, end: Int64, targetSeconds: Int) {
        let step = Int64(targetSeconds) * timescale
        // A frame within half a second of the multiple is near; the end must be at least as far, or no segment begins.
        let near = timescale / 2
        var boundaries: [Int64] = [0]
        var held: [Int] = []
        var index = frames.startIndex
        var multiple = step
        while multiple + near <= end {
            while index < frames.endIndex, frames[index] < multiple { index += 1 }
            if frames.isEmpty {
                boundaries.append(multiple)
            } else if index < frames.endIndex, frames[index] - multiple <= near {
                if end - frames[index] < near / 2 { break }
                boundaries.append(frames[index])
            } else {
                held.append(boundaries.count)
                boundaries.append(multiple)
            }
            multiple += step
        }
        boundaries.append(max(end, 1))
        self.timescale = timescale
        self.boundaries = boundaries
        self.held = held
    }
}
