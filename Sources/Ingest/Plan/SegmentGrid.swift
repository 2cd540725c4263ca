import MediaModel

/// The starts of segments, on one clock, for every track of a presentation.
///
/// A segment begins with the first frame at or after each multiple of the target. If no frame is near, because the source shows
/// one frame for long, the segment begins at the multiple itself and the frame is repeated there: so segments are short
/// whatever the frame times are, and each of them begins with a key frame.
struct SegmentGrid: Sendable, Hashable {
    /// Ticks a second.
    let timescale: Int64
    /// Starts of all segments, and the end.
    let boundaries: [Int64]
    /// Segments that begin with a repeated frame.
    let held: [Int]

    /// The number of segments.
    var segmentCount: Int { boundaries.count - 1 }

    /// Creates a grid for frames that will be encoded.
    /// - Parameters:
    ///   - frames: Times of the frames in ticks, rising, the first 0; empty for audio alone, which can be cut anywhere.
    ///   - timescale: Ticks a second.
    ///   - end: The end of the presentation in ticks; greater than the last frame's time.
    ///   - targetSeconds: The target length of a segment in seconds.
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

    /// Creates a grid at the source's own key frames.
    ///
    /// A segment begins with the first key frame that is at most half a second before the target after the previous start, or
    /// later.
    /// - Parameter keys: Times of the key frames in ticks, rising, the first 0.
    /// - Returns: `nil` if a segment would be more than half as long again as the target.
    init?(keys: [Int64], timescale: Int64, end: Int64, targetSeconds: Int) {
        let (step, near) = (Int64(targetSeconds) * timescale, timescale / 2)
        let longest = step * 3 / 2
        guard keys.first == 0, end > 0 else { return nil }
        var boundaries: [Int64] = [0]
        var last: Int64 = 0
        for key in keys where key - last >= step - near && end - key >= near {
            guard key - last <= longest else { return nil }
            boundaries.append(key)
            last = key
        }
        guard end - last <= longest else { return nil }
        self.timescale = timescale
        self.boundaries = boundaries + [end]
        held = []
    }
}
