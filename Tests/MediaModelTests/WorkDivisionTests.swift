import MediaModel
import Testing

@Suite("The division of a task") struct WorkDivisionTests {
    private struct Cell: Hashable {
        let track: String
        let segment: Int
    }

    private static func cells(_ item: WorkItem) -> [Cell] {
        item.tracks.flatMap { track in item.range(segmentCount: 0).map { Cell(track: track, segment: $0) } }
    }

    @Test("Every missing segment of every rung is in exactly one part, however far each rung is")
    func exact() {
        let rungs = ["a", "b", "c"]
        let item = WorkItem.video(range: SegmentRange(first: 3, count: 5), rungs: rungs)
        for first in 3...8 {
            for second in 3...8 {
                for third in 3...8 {
                    let missing = ["a": first..<8, "b": second..<8, "c": third..<8]
                    let whole = Set(missing.flatMap { track, range in range.map { Cell(track: track, segment: $0) } })
                    for segment in 2...8 {
                        for count in 1...6 {
                            let division = WorkDivision(
                                of: item, missing: missing, for: SegmentDemand(track: "b", segment: segment),
                                count: count)
                            let parts = [division.demanded].compactMap { $0 } + division.rest
                            let cells = parts.flatMap(Self.cells)
                            #expect(cells.count == whole.count && Set(cells) == whole)
                            #expect(parts.count <= 7)
                            let wanted = second..<8 ~= segment ? segment..<min(8, segment + count) : 0..<0
                            #expect(
                                division.demanded.map(Self.cells) ?? []
                                    == wanted.map { Cell(track: "b", segment: $0) })
                        }
                    }
                }
            }
        }
    }

    @Test("A task that has made nothing is divided into four parts at most") func few() {
        let item = WorkItem.video(range: SegmentRange(first: 2, count: 12), rungs: ["v240", "v360", "v720"])
        let missing = ["v240": 2..<14, "v360": 2..<14, "v720": 2..<14]
        let division = WorkDivision(
            of: item, missing: missing, for: SegmentDemand(track: "v360", segment: 6), count: 2)
        #expect(division.demanded == .video(range: SegmentRange(first: 6, count: 2), rungs: ["v360"]))
        #expect(
            division.rest == [
                .video(range: SegmentRange(first: 2, count: 4), rungs: ["v240", "v360", "v720"]),
                .video(range: SegmentRange(first: 6, count: 2), rungs: ["v240", "v720"]),
                .video(range: SegmentRange(first: 8, count: 6), rungs: ["v240", "v360", "v720"]),
            ])
    }

    @Test("Audio and passthrough keep their kind; other work has no parts") func kinds() {
        let demand = SegmentDemand(track: "x", segment: 4)
        for item in [WorkItem.audio(track: "x"), .passthrough(rung: "x")] {
            let division = WorkDivision(of: item, missing: ["x": 0..<10], for: demand, count: 3)
            #expect(division.demanded?.kind == item.kind && division.demanded?.range(segmentCount: 99) == 4..<7)
            #expect(division.rest.map { $0.range(segmentCount: 99) } == [0..<4, 7..<10])
        }
        let division = WorkDivision(of: .images, missing: ["x": 0..<10], for: demand, count: 3)
        #expect(division.demanded == nil && division.rest.isEmpty)
    }

    @Test("The gaps of a range are what no other range has", arguments: 0..<256) func gaps(bits: Int) {
        let others = (0..<8).filter { bits >> $0 & 1 == 1 }.map { $0..<($0 + 1) }
        let gaps = SegmentRange.gaps(in: 2..<7, besides: others)
        #expect(gaps.flatMap { Array($0.indices) } == (2..<7).filter { bits >> $0 & 1 == 0 })
        #expect(zip(gaps, gaps.dropFirst()).allSatisfy { $0.indices.upperBound < $1.first })
    }
}
