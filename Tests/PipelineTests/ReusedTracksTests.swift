import Jobs
import MediaModel
import Testing

@testable import Pipeline

@Suite("Which tracks are reused") struct ReusedTracksTests {
    private let plan = PipelineFixture.plan
    private let made = ["v240": 3, "v360": 3, "aund": 3, "posters": 1]

    @Test("All tracks, if nothing has changed") func same() {
        #expect(ReusedTracks.names(of: plan, in: plan, counts: made) == ["v240", "v360", "aund", "images"])
    }

    @Test("The ranges of segments and the method of encoding do not matter") func runs() {
        var earlier = plan
        earlier.video?.ranges = [SegmentRange(first: 0, count: 3)]
        earlier.audio[0].ranges = [SegmentRange(first: 0, count: 3)]
        earlier.video?.startupRung = "v240"
        earlier.video?.encoding = .longLookahead
        earlier.formatVersion = 1
        #expect(ReusedTracks.names(of: plan, in: earlier, counts: made).count == 4)
    }

    @Test("A new rung does not affect the others; a changed one is not reused") func rungs() {
        var wanted = plan
        wanted.video?.rungs[1].constantRateFactor += 1
        #expect(ReusedTracks.names(of: wanted, in: plan, counts: made) == ["v240", "aund", "images"])
        let tasks = wanted.tasks(reusing: ["v240", "aund", "images"])
        #expect(tasks.map(\.item) == PipelineFixture.ranges.map { .video(range: $0, rungs: ["v360"]) })
        #expect(plan.tasks(reusing: ["v240", "v360", "aund", "images"]).isEmpty)
    }

    @Test("With other boundaries or another preparation, only tracks that do not depend on them are reused")
    func boundaries() {
        var wanted = plan
        wanted.video?.boundaries[1] += 1
        #expect(ReusedTracks.names(of: wanted, in: plan, counts: made) == ["aund"])
        wanted = plan
        wanted.video?.preparation.deinterlace = true
        #expect(ReusedTracks.names(of: wanted, in: plan, counts: made) == ["aund"])
        wanted = plan
        wanted.audio[0].mode = .encode(bitsPerSecond: 64_000)
        #expect(ReusedTracks.names(of: wanted, in: plan, counts: made) == ["v240", "v360", "images"])
    }

    @Test("Incomplete tracks and plans of another format are not reused") func whole() {
        #expect(ReusedTracks.names(of: plan, in: plan, counts: ["v240": 3, "v360": 2]) == ["v240"])
        var earlier = plan
        earlier.formatVersion += 1
        #expect(ReusedTracks.names(of: plan, in: earlier, counts: made).isEmpty)
        earlier = plan
        earlier.segmentCount = 4
        #expect(ReusedTracks.names(of: plan, in: earlier, counts: made).isEmpty)
    }
}
