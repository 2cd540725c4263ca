import Jobs
import MediaModel
import Testing

@testable import Pipeline

@Suite("When a running task is stopped for a viewer") struct DivisionTests {
    private static let plan = PipelineFixture.plan
    private static let encode = WorkItem.video(range: SegmentRange(first: 2, count: 12), rungs: ["v240", "v360"])

    private static func isLate(_ segment: Int, _ track: String, in item: WorkItem, from first: Int, to end: Int) -> Bool
    {
        let missing = Dictionary(uniqueKeysWithValues: item.tracks.map { ($0, first..<end) })
        var plan = plan
        plan.video?.boundaries = (0...20).map { Int64($0) * 64_000 }
        plan.video?.entryPoints = (0..<20).map { Int64($0) * 4000 }
        return plan.isLate(SegmentDemand(track: track, segment: segment), in: item, missing: missing)
    }

    @Test("A task of several rungs is stopped for every segment that it has not made", arguments: 0..<16)
    func rungs(segment: Int) {
        #expect(Self.isLate(segment, "v360", in: Self.encode, from: 5, to: 14) == (5..<14).contains(segment))
    }

    @Test("A task of one track goes on where the segment is among the next, or little is left", arguments: 0..<20)
    func oneTrack(segment: Int) {
        let long = WorkItem.video(range: SegmentRange(first: 2, count: 18), rungs: ["v360"])
        #expect(Self.isLate(segment, "v360", in: long, from: 5, to: 20) == (9..<20).contains(segment))
        #expect(!Self.isLate(segment, "v360", in: long, from: 12, to: 20))
        let sound = WorkItem.audio(track: "aund")
        #expect(Self.isLate(segment, "aund", in: sound, from: 0, to: 20) == (8..<20).contains(segment))
    }

    @Test("A task of another track is not stopped") func other() {
        #expect(!Self.isLate(6, "v720", in: Self.encode, from: 5, to: 14))
    }

    @Test("Where key frames are far apart, a task is not divided") func lead() throws {
        var plan = Self.plan
        plan.video?.boundaries = (0...40).map { Int64($0) * 64_000 }
        plan.video?.entryPoints = Array(repeating: 0, count: 40)
        let item = WorkItem.video(range: SegmentRange(first: 2, count: 30), rungs: ["v240", "v360"])
        for segment in 2..<32 {
            let division = plan.division(
                of: item, missing: plan.segments(of: item), for: SegmentDemand(track: "v240", segment: segment),
                isFollowing: false)
            #expect((division == nil) == (segment > 12))
        }
    }
}
