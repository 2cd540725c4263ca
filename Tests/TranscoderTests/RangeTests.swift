import Ingest
import MediaModel
import Packager
import Testing

@testable import Transcoder

@Suite("Ranges of a video", .ownThread) struct RangeTests {
    /// Short segments, so that a clip of ten seconds has several ranges.
    private static let planner = Planner(
        ladder: Fixture.smallLadder, targetSeconds: 1, startupSegments: 2, rangeSegments: 3)

    @Test(
        "Ranges that are processed separately and in reverse order have every frame once and continuous times",
        arguments: [
            ("perf_bbb_1080p30_10s_51.mp4", 300), ("reported/m11_intra_refresh.mp4", 900),
            ("reported/m05_flv_restart.flv", 240), ("reported/m34_two_descriptions.mp4", 240),
        ])
    func join(file: String, frames: Int) throws {
        let fixture = try Fixture(file, Self.planner)
        let video = try #require(fixture.plan.video)
        #expect(video.ranges.count >= 3)
        let scratch = try fixture.scratch("apart")
        let events = Events()
        var decoded = 0
        var initializations: [[UInt8]] = []
        for range in video.ranges.reversed() {
            decoded += try VideoTask(plan: video, range: range, rungs: ["v96"])
                .run(fixture.source, scratch: scratch, sink: events.sink)
            initializations.append(try scratch.bytes("v96/init.mp4"))
        }
        #expect(decoded == frames)
        #expect(Set(initializations).count == 1, "every range writes the same initialization segment")
        let records = events.records("v96")
        #expect(records.map(\.index) == Array(0..<fixture.plan.segmentCount))
        #expect(records.reduce(0) { $0 + $1.frames } == frames)
        var expected: Int64 = 0
        for record in records {
            let segment = try FragmentReader.read(scratch.bytes(ObjectKey.segment(track: "v96", index: record.index)))
            #expect(segment.baseDecodeTicks == expected && segment.startsWithSync)
            #expect(expected == video.boundaries[record.index])
            expected += segment.ticks
        }
    }

    @Test("With one key frame the ranges are as long as the part that must be decoded before them") func oneKey() throws
    {
        let video = try #require(try Fixture("reported/m31_keys_one.webm").plan.video)
        let segments = video.frameCounts.count
        #expect(segments > 100 && Set(video.entryPoints).count == 1)
        let decoded = video.ranges.reduce(0) { $0 + $1.first + $1.count }
        #expect(decoded <= segments * 5 / 2, "\(video.ranges)")
    }

    @Test("Processing a range again gives the same bytes") func again() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4", Self.planner)
        let video = try #require(fixture.plan.video)
        let range = video.ranges[1]
        var made: [[[UInt8]]] = []
        for name in ["first", "second"] {
            let scratch = try fixture.scratch(name)
            try VideoTask(plan: video, range: range, rungs: ["v96"])
                .run(fixture.source, scratch: scratch, sink: Events().sink)
            made.append(try range.indices.map { try scratch.bytes(ObjectKey.segment(track: "v96", index: $0)) })
        }
        #expect(made[0] == made[1])
    }

    @Test(
        "Frames that only lead to a range are decoded as far as others need them: its bytes are those of a full decode",
        arguments: ["perf_bbb_1080p30_10s_51.mp4", "webm_vp9_opus.webm", "reported/m11_intra_refresh.mp4"])
    func lead(file: String) throws {
        let fixture = try Fixture(file, Self.planner)
        let video = try #require(fixture.plan.video)
        let index = try #require(video.frameCounts.indices.last { video.lead(ofSegment: $0) >= 2 })
        var full = video
        // A range that may repeat the frame before it is decoded fully.
        full.heldSegments = [index]
        let name = ObjectKey.segment(track: "v96", index: index)
        let made = try [video, full].enumerated().map { number, plan in
            let scratch = try fixture.scratch("\(number)")
            try VideoTask(plan: plan, range: SegmentRange(first: index, count: 1), rungs: ["v96"])
                .run(fixture.source, scratch: scratch, sink: Events().sink)
            return try scratch.bytes(name)
        }
        #expect(made[0] == made[1])
    }

    @Test("A rung that the plan does not have is refused") func unknownRung() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4", Self.planner)
        let video = try #require(fixture.plan.video)
        #expect(throws: TranscodeError.self) {
            try VideoTask(plan: video, range: video.ranges[0], rungs: ["v1080"])
                .run(fixture.source, scratch: fixture.scratch("none"), sink: Events().sink)
        }
    }
}

@Suite("Ranges of the audio", .ownThread) struct AudioRangeTests {
    private static let planner = Planner(
        ladder: Fixture.smallLadder, targetSeconds: 1, startupSegments: 2, rangeSegments: 1)

    @Test("Continuing at a later range gives the same bytes as processing all ranges")
    func resume() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4", Self.planner)
        var audio = try #require(fixture.plan.audio.first)
        // Ranges of two segments, so that there is a range to continue with.
        audio.ranges = SegmentRange.split(fixture.plan.segmentCount, startup: 2, length: 2)
        #expect(audio.mode == .encode(bitsPerSecond: 128_000) && audio.ranges.count >= 4)
        let whole = try fixture.scratch("whole")
        let events = Events()
        try AudioTask(plan: audio, range: fixture.plan.allSegments).run(
            fixture.source, scratch: whole, sink: events.sink)
        let rest = try fixture.scratch("rest")
        let start = audio.ranges[2].first
        let range = SegmentRange(first: start, count: fixture.plan.segmentCount - start)
        try AudioTask(plan: audio, range: range).run(fixture.source, scratch: rest, sink: Events().sink)
        for index in start..<fixture.plan.segmentCount {
            let name = ObjectKey.segment(track: audio.name, index: index)
            #expect(try whole.bytes(name) == rest.bytes(name))
        }
        var expected: Int64 = 0
        for record in events.records(audio.name) {
            let segment = try FragmentReader.read(
                whole.bytes(ObjectKey.segment(track: audio.name, index: record.index)))
            #expect(segment.baseDecodeTicks == expected)
            expected += segment.ticks
        }
        let frames = events.records(audio.name).reduce(0) { $0 + $1.frames }
        #expect(Int64(frames * 1024) - Int64(audio.priming) >= audio.sampleCount)
        #expect(Int64(frames * 1024) - Int64(audio.priming) < audio.sampleCount + 1024)
    }

    @Test("5.1 audio that fits is copied with every packet, in continuous segments") func surround() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4", Self.planner)
        #expect(fixture.plan.audio.map(\.name) == ["aund", "aund-6ch"])
        let audio = try #require(fixture.plan.audio.last)
        #expect(audio.mode == .copy && audio.channels == 6 && audio.encodeReasons.isEmpty)
        let scratch = try fixture.scratch("surround")
        let events = Events()
        try AudioTask(plan: audio, range: fixture.plan.allSegments).run(
            fixture.source, scratch: scratch, sink: events.sink)
        let records = events.records(audio.name)
        #expect(records.reduce(0) { $0 + $1.frames } == audio.boundaries.last)
        let frames = Int64((audio.boundaries.last ?? 0) * 1024) - Int64(audio.priming)
        #expect(abs(frames - fixture.plan.audio[0].sampleCount) <= 1024, "as long as the stereo, to the frame")
        try fixture.expectSingleSegments(of: audio.name, as: scratch) { range, scratch, sink in
            try AudioTask(plan: audio, range: range).run(fixture.source, scratch: scratch, sink: sink)
        }
    }

    @Test("There is no 5.1 rendition if the planner has no bit rate for it") func stereoOnly() throws {
        let planner = Planner(ladder: Fixture.smallLadder, surroundBitrate: nil)
        #expect(try Fixture("perf_bbb_1080p30_10s_51.mp4", planner).plan.audio.map(\.name) == ["aund"])
    }

    @Test("Audio that is read in blocks equals audio that is read at once") func pieces() throws {
        let fixture = try Fixture("perf_bbb_1080p30_10s_51.mp4", Self.planner)
        let audio = try #require(fixture.plan.audio.first)
        var whole = try AudioSourceReader(fixture.source, plan: audio)
        let all = try whole.read(0, count: 200_000)
        var reader = try AudioSourceReader(fixture.source, plan: audio)
        var position = 0
        for count in [1, 1023, 1024, 5000, 77_777, 100_000] {
            let piece = try reader.read(Int64(position), count: count)
            #expect(piece.map { $0.elementsEqual(all[0][position..<position + count]) }.first == true)
            position += count
            reader.discard(before: Int64(position))
        }
    }
}
