import Foundation
import Ingest
import MediaModel
import Packager
import Testing

@testable import Transcoder

@Suite("Passthrough video", .ownThread) struct PassthroughTaskTests {
    private static let ladder = Ladder(
        rows: [.init(lines: 48, kilobits: 100, fastKilobits: 150), .init(lines: 96, kilobits: 200, fastKilobits: 300)],
        constantRateFactor: 30, preset: "ultrafast", threads: 1)
    private static let planner = Planner(ladder: ladder, targetSeconds: 1, startupSegments: 2, rangeSegments: 3)

    /// A clip of ten seconds with a key frame every second, written by this program's encoder, without audio.
    private func clip() throws -> (file: URL, fixture: Fixture) {
        let original = try Fixture(
            "perf_bbb_1080p30_10s_51.mp4", Planner(ladder: Fixture.smallLadder, targetSeconds: 1))
        let video = try #require(original.plan.video)
        let scratch = try original.scratch("clip")
        let events = Events()
        for range in video.ranges {
            try VideoTask(plan: video, range: range, rungs: ["v96"])
                .run(original.source, scratch: scratch, sink: events.sink)
        }
        var bytes = try scratch.bytes("v96/init.mp4")
        for record in events.records("v96") {
            bytes += try scratch.bytes(ObjectKey.segment(track: "v96", index: record.index))
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("kept-\(UUID().uuidString).mp4")
        try Data(bytes).write(to: file)
        return (file, try Fixture(file: file, Self.planner))
    }

    @Test("H.264 with key frames near enough is copied and not encoded; separate ranges equal one range")
    func keep() throws {
        let (file, fixture) = try clip()
        defer { try? FileManager.default.removeItem(at: file) }
        let video = try #require(fixture.plan.video)
        #expect(video.encodeReasons == nil)
        let rung = try #require(video.rungs.last)
        #expect(rung.passthrough?.reorderDelay ?? 0 >= 0 && rung.codecString.hasPrefix("avc1.") && rung.lines == 96)
        let whole = try fixture.scratch("whole")
        let events = Events()
        try PassthroughTask(plan: video, rung: rung.name, range: fixture.plan.allSegments).run(
            fixture.source, scratch: whole, sink: events.sink)
        let records = events.records(rung.name)
        #expect(records.map(\.index) == Array(0..<fixture.plan.segmentCount))
        #expect(records.reduce(0) { $0 + $1.frames } == 300)
        for record in records {
            let segment = try FragmentReader.read(
                whole.bytes(ObjectKey.segment(track: rung.name, index: record.index)))
            #expect(segment.baseDecodeTicks == video.boundaries[record.index] && segment.startsWithSync)
        }
        let rest = try fixture.scratch("rest")
        let start = video.ranges[1].first
        let range = SegmentRange(first: start, count: fixture.plan.segmentCount - start)
        try PassthroughTask(plan: video, rung: rung.name, range: range)
            .run(fixture.source, scratch: rest, sink: Events().sink)
        for index in start..<fixture.plan.segmentCount {
            let name = ObjectKey.segment(track: rung.name, index: index)
            #expect(try whole.bytes(name) == rest.bytes(name))
        }
        #expect(try whole.bytes("\(rung.name)/init.mp4") == rest.bytes("\(rung.name)/init.mp4"))
        try fixture.expectSingleSegments(of: rung.name, as: whole) { range, scratch, sink in
            try PassthroughTask(plan: video, rung: rung.name, range: range)
                .run(fixture.source, scratch: scratch, sink: sink)
        }
        // The encoder's SEI messages are not copied, like all other data of a source.
        let all = try records.flatMap { try whole.bytes(ObjectKey.segment(track: rung.name, index: $0.index)) }
        #expect(Data(all).range(of: Data("x264".utf8)) == nil)
    }

    @Test("The other rungs have their segment boundaries at the same frames") func beside() throws {
        let (file, fixture) = try clip()
        defer { try? FileManager.default.removeItem(at: file) }
        let video = try #require(fixture.plan.video)
        let events = Events()
        let scratch = try fixture.scratch("beside")
        for range in video.ranges {
            try VideoTask(plan: video, range: range, rungs: ["v48"])
                .run(fixture.source, scratch: scratch, sink: events.sink)
        }
        try PassthroughTask(plan: video, rung: "v96", range: fixture.plan.allSegments).run(
            fixture.source, scratch: scratch, sink: events.sink)
        #expect(events.records("v48").map(\.ticks) == events.records("v96").map(\.ticks))
        #expect(events.records("v48").map(\.frames) == events.records("v96").map(\.frames))
    }

    @Test(
        "Video that does not fit is encoded, with codes for the reasons",
        arguments: [
            ("phone_portrait_rot90_h264.mov", "video_rotation"), ("sar3-2_h264.mp4", "pixel_aspect_ratio"),
            ("webm_vp9_opus.webm", "video_codec"), ("avchd_1080i50_ac3_pgs.mts", "video_interlaced"),
            ("perf_bbb_720p25_117s_51.ts", "video_key_frames"),
        ])
    func reasons(clip: String, reason: String) throws {
        let plan = try #require(try Fixture(clip, Planner()).plan.video)
        #expect(plan.rungs.allSatisfy { $0.passthrough == nil })
        #expect(plan.encodeReasons?.contains(reason) == true, "\(plan.encodeReasons ?? [])")
    }

    @Test("Passthrough can be disabled") func unwanted() throws {
        let (file, _) = try clip()
        defer { try? FileManager.default.removeItem(at: file) }
        var planner = Self.planner
        planner.allowsPassthrough = false
        let plan = try #require(try Fixture(file: file, planner).plan.video)
        #expect(plan.rungs.allSatisfy { $0.passthrough == nil } && plan.encodeReasons == ["not_wanted"])
    }
}
