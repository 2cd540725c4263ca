import Testing

@testable import Ingest

@Suite("Segment grid") struct SegmentGridTests {
    private let second: Int64 = 30_000

    @Test("Segments begin with the first frame at or after each multiple") func constantRate() {
        let frames = (0..<360).map { Int64($0) * 1001 }  // 29.97 a second, 12.012 s
        let grid = SegmentGrid(frames: frames, timescale: second, end: 360 * 1001, targetSeconds: 4)
        let expected: [Int64] = [0, 120_120, 240_240, 360_360]
        #expect(grid.boundaries == expected)
        #expect(grid.held.isEmpty)
    }

    @Test("A tail of less than half a second stays with the segment before") func tail() {
        let frames = (0..<130).map { Int64($0) * 1000 }  // 4.33 s
        let grid = SegmentGrid(frames: frames, timescale: second, end: 130_000, targetSeconds: 4)
        #expect(grid.boundaries == [0, 130_000])
    }

    @Test("Where a frame lasts long, segments begin at the multiple and repeat it") func held() {
        let grid = SegmentGrid(
            frames: [0, second, 13 * second], timescale: second, end: 14 * second, targetSeconds: 4)
        let expected: [Int64] = [0, 120_000, 240_000, 360_000, 420_000]
        #expect(grid.boundaries == expected)
        #expect(grid.held == [1, 2, 3])
    }

    @Test("Audio without video is cut anywhere") func audioOnly() {
        let grid = SegmentGrid(frames: [], timescale: 1000, end: 10_250, targetSeconds: 4)
        #expect(grid.boundaries == [0, 4000, 8000, 10_250])
        #expect(grid.held.isEmpty)
    }

    @Test(
        "Whatever the frames are: boundaries rise, no segment is long, and each has a frame or repeats one",
        arguments: 0..<200)
    func anyTimes(seed: UInt64) {
        var random = SplitMix(state: seed)
        var frames: [Int64] = [0]
        let longest = Int64.random(in: 1...(6 * second), using: &random)
        for _ in 0..<Int.random(in: 0...300, using: &random) {
            frames.append((frames.last ?? 0) + Int64.random(in: 1...longest, using: &random))
        }
        let end = (frames.last ?? 0) + Int64.random(in: 1...longest, using: &random)
        let grid = SegmentGrid(frames: frames, timescale: second, end: end, targetSeconds: 4)
        #expect(grid.boundaries.first == 0 && grid.boundaries.last == end)
        for segment in 0..<grid.segmentCount {
            let range = grid.boundaries[segment]..<max(grid.boundaries[segment + 1], grid.boundaries[segment])
            #expect(!range.isEmpty)
            #expect(range.upperBound - range.lowerBound <= 5 * second)
            let begins = frames.contains(grid.boundaries[segment])
            #expect(begins || grid.held.contains(segment))
        }
    }
}

/// A small generator that gives the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
