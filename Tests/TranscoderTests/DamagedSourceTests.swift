import Foundation
import Ingest
import MediaModel
import Testing

@testable import Transcoder

@Suite("Sources with fewer or more frames than their headers announce", .ownThread) struct DamagedSourceTests {
    private static let planner = Planner(
        ladder: Fixture.smallLadder, targetSeconds: 1, startupSegments: 2, rangeSegments: 3)

    /// A clip whose media bytes between two fractions of the file are zero; its index is unchanged.
    private func clip(zeroedFrom start: Double, to end: Double) throws -> (file: URL, fixture: Fixture) {
        var bytes = try Data(contentsOf: Fixture.file("perf_bbb_1080p30_10s_51.mp4"))
        let media = try #require(bytes.range(of: Data("mdat".utf8))).upperBound
        // The size of the box precedes its type and includes both.
        let length = Double(bytes[(media - 8)..<(media - 4)].reduce(0) { $0 << 8 | Int($1) } - 8)
        let range = media + Int(length * start)..<media + Int(length * end)
        bytes.resetBytes(in: range)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("damaged-\(UUID().uuidString).mp4")
        try bytes.write(to: file)
        return (file, try Fixture(file: file, Self.planner))
    }

    @Test("A source without a decodable frame is rejected by every range", arguments: [0, 2])
    func nothing(range: Int) throws {
        let (file, fixture) = try clip(zeroedFrom: 0, to: 1)
        defer { try? FileManager.default.removeItem(at: file) }
        let video = try #require(fixture.plan.video)
        let error = #expect(throws: Rejection.self) {
            try VideoTask(plan: video, range: video.ranges[range], rungs: ["v96"])
                .run(fixture.source, scratch: fixture.scratch("none"), sink: Events().sink)
        }
        #expect(error?.code == .undecodable)
    }

    @Test("The frame before undecodable frames is shown for their whole duration, with a note")
    func stretch() throws {
        let (file, fixture) = try clip(zeroedFrom: 0.45, to: 1)
        defer { try? FileManager.default.removeItem(at: file) }
        let video = try #require(fixture.plan.video)
        let range = try #require(video.ranges.last)
        let events = Events()
        try VideoTask(plan: video, range: range, rungs: ["v96"])
            .run(fixture.source, scratch: fixture.scratch("held"), sink: events.sink)
        let records = events.records("v96")
        #expect(records.map(\.index) == Array(range.indices))
        for record in records {
            #expect(record.ticks == video.boundaries[record.index + 1] - video.boundaries[record.index])
        }
        #expect(events.notes.contains("frames_missing"))
    }

    @Test("The first decodable frame is shown in place of undecodable frames before it") func beginning() throws {
        let (file, fixture) = try clip(zeroedFrom: 0, to: 0.6)
        defer { try? FileManager.default.removeItem(at: file) }
        let video = try #require(fixture.plan.video)
        let events = Events()
        try VideoTask(plan: video, range: video.ranges[0], rungs: ["v96"])
            .run(fixture.source, scratch: fixture.scratch("late"), sink: events.sink)
        #expect(events.records("v96").map(\.index) == Array(video.ranges[0].indices))
    }

    @Test("Undecodable audio becomes silence for its whole duration, with a note") func silence() throws {
        let (file, fixture) = try clip(zeroedFrom: 0, to: 1)
        defer { try? FileManager.default.removeItem(at: file) }
        let audio = try #require(fixture.plan.audio.first)
        #expect(audio.mode != .copy)
        let events = Events()
        try AudioTask(plan: audio, range: fixture.plan.allSegments)
            .run(fixture.source, scratch: fixture.scratch("silent"), sink: events.sink)
        #expect(events.records(audio.name).map(\.index) == Array(0..<fixture.plan.segmentCount))
        #expect(events.notes == [VideoNote.audioUnreadable.rawValue])
    }

    @Test("Too many bytes of frames for the file's size are rejected before decoding") func bomb() throws {
        let file = Fixture.file("perf_bbb_1080p30_10s_51.mp4")
        // 300 frames of 3 MB in a file of 2.8 MB: 328 bytes for each byte of the file.
        _ = try Fixture(file: file, Self.planner, limits: MediaLimits(maximumExpansion: 330, freeExpansion: 0))
        let error = #expect(throws: Rejection.self) {
            try Fixture(file: file, Self.planner, limits: MediaLimits(maximumExpansion: 325, freeExpansion: 0))
        }
        #expect(error?.code == .expandsTooMuch)
    }

    @Test("Repeated frames and time without frames count, since they are encoded again") func heldForLong()
        throws
    {
        // 1773 bytes, two frames of 320×180 in 11.4 s, and two segments that start with the first frame.
        let file = Fixture.file("reported/m12_idle_phone.mp4")
        func probe(expansion: Int, seconds: Int) throws {
            _ = try Fixture(
                file: file,
                limits: MediaLimits(
                    maximumExpansion: expansion, freeExpansion: 0, maximumSecondsPerKilobyte: seconds, freeSeconds: 0))
        }
        try probe(expansion: 195, seconds: 7)
        for (expansion, seconds) in [(194, 7), (195, 6)] {
            let error = #expect(throws: Rejection.self) { try probe(expansion: expansion, seconds: seconds) }
            #expect(error?.code == .expandsTooMuch)
        }
    }

    @Test("The scan ends when there are more frames than the limit") func endless() throws {
        let error = #expect(throws: Rejection.self) {
            // Ten seconds with 30 frames a second have 300 frames; the limit is 299.
            try Fixture(
                file: Fixture.file("perf_bbb_1080p30_10s_51.mp4"), Self.planner,
                limits: MediaLimits(maximumSeconds: 299, maximumFrameRate: 1))
        }
        #expect(error?.code == .frameRateTooHigh)
    }
}

@Suite("Decoding budget") struct DecodeBudgetTests {
    @Test("A few frames more than announced are allowed; many more are not") func frames() throws {
        var budget = DecodeBudget(frames: 1000, frameBytes: 1 << 20)
        for _ in 0..<4600 { try budget.count(frameBytes: 1) }
        let error = #expect(throws: Rejection.self) { try budget.count(frameBytes: 1) }
        #expect(error?.code == .expandsTooMuch)
    }

    @Test("Frames larger than the header announces are refused") func bytes() throws {
        var budget = DecodeBudget(frames: 10, frameBytes: 1 << 20)
        for _ in 0..<10 { try budget.count(frameBytes: 100 << 20) }
        #expect(throws: Rejection.self) { try budget.count(frameBytes: 100 << 20) }
    }
}
