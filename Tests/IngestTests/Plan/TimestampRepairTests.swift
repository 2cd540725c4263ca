import MediaModel
import Testing

@testable import Ingest

@Suite("Times that do not go on") struct TimestampRepairTests {
    private static let video = 0
    private static let audio = 1
    private static let subtitle = 2

    /// A packet: its stream, and its time and length in milliseconds.
    private typealias Packet = (stream: Int, time: Int64, duration: Int64)

    private func repair(_ packets: [Packet], pause: Int64 = 60_000, leaders: Set<Int> = [video, audio])
        throws -> TimestampRepair
    {
        var runs = TimestampRuns(
            leaders: leaders,
            bases: [Self.video: Rational(1, 1000), Self.audio: Rational(1, 1000), Self.subtitle: Rational(1, 1000)],
            longestPause: pause * 1000)
        for packet in packets {
            try runs.add(
                stream: packet.stream,
                TimestampRuns.Times(presentation: packet.time, decoding: packet.time, duration: packet.duration))
        }
        return try TimestampRepair(runs)
    }

    /// Pictures of 40 ms and sounds of 20 ms, side by side, from a time on.
    private func recording(from start: Int64, milliseconds: Int64 = 4000) -> [Packet] {
        stride(from: 0, to: milliseconds, by: 40).flatMap { time -> [Packet] in
            [(Self.video, start + time, 40), (Self.audio, start + time, 20), (Self.audio, start + time + 20, 20)]
        }
    }

    /// The times of a stream as they are corrected.
    private func corrected(_ packets: [Packet], stream: Int, _ repair: TimestampRepair) -> [Int64] {
        packets.filter { $0.stream == stream }.enumerated().map { index, packet in
            packet.time + (repair.shifts[stream]?.last { $0.packet <= index }?.ticks ?? 0)
        }
    }

    private func steps(_ times: [Int64]) -> Set<Int64> { Set(zip(times, times.dropFirst()).map { $1 - $0 }) }

    @Test("Times that go on stay as they are") func plain() throws {
        let found = try repair(recording(from: 0))
        #expect(found.shifts.isEmpty)
        #expect(found.clockChanges == 0)
    }

    @Test(
        "A recording behind another goes on where that one ended, whatever its clock says",
        arguments: [0, 3000, 3600_000, 18_000_000, 72_000_000, -18_000_000] as [Int64])
    func joined(start: Int64) throws {
        let packets = recording(from: 0) + recording(from: start)
        let found = try repair(packets)
        #expect(found.clockChanges == 1)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(steps(corrected(packets, stream: Self.audio, found)) == [20])
        #expect(found.shifts[Self.video] == [TimestampShift(packet: 100, ticks: 4000 - start)])
        #expect(found.shifts[Self.audio] == [TimestampShift(packet: 200, ticks: 4000 - start)])
    }

    @Test("Audio of the first recording that follows frames of the second keeps its times") func interleaved()
        throws
    {
        var packets = recording(from: 0).filter { $0.stream == Self.video || $0.time < 3000 }
        packets += recording(from: 0).filter { $0.stream == Self.video }
        packets += recording(from: 0).filter { $0.stream == Self.audio && $0.time >= 3000 }
        packets += recording(from: 0).filter { $0.stream == Self.audio }
        let found = try repair(packets)
        #expect(found.shifts[Self.video] == [TimestampShift(packet: 100, ticks: 4000)])
        #expect(found.shifts[Self.audio] == [TimestampShift(packet: 200, ticks: 4000)])
    }

    @Test("Three recordings, the third of which has the first one's clock") func three() throws {
        let packets = recording(from: 0) + recording(from: 7_200_000) + recording(from: 4000)
        let found = try repair(packets)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(steps(corrected(packets, stream: Self.audio, found)) == [20])
    }

    @Test(
        "One wild time, before or behind all others, is smoothed, and nothing else moves",
        arguments: [18_000_000, 20_000, -5000, 600_000] as [Int64])
    func wild(time: Int64) throws {
        var packets = recording(from: 0)
        let place = try #require(packets.lastIndex { $0.stream == Self.video && $0.time == 2000 })
        packets[place].time = time
        let found = try repair(packets)
        #expect(found.clockChanges == 0)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(found.shifts[Self.video]?.count == 2)
        #expect(found.shifts[Self.audio] == nil)
    }

    @Test("A stretch behind a pause, after which all goes on as if it had not strayed, is put back") func strayStretch()
        throws
    {
        let packets = recording(from: 0) + recording(from: 64_000) + recording(from: 8000)
        let found = try repair(packets, pause: 1_800_000)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(steps(corrected(packets, stream: Self.audio, found)) == [20])
    }

    @Test("Many packets with a wrong clock, and back: video and audio stay in sync") func wildStretch() throws {
        let packets = recording(from: 0) + recording(from: 9_000_000) + recording(from: 8000)
        let found = try repair(packets)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(found.shifts[Self.video]?.last?.ticks == 0)
        #expect(found.shifts[Self.audio]?.last?.ticks == 0)
    }

    @Test("Frames may be hours apart beside continuous audio") func fewPictures() throws {
        var packets: [Packet] = [(Self.video, 0, 0)]
        packets += stride(from: 0, to: 7_200_000, by: 500).map { (Self.audio, $0, 500) }
        packets.append((Self.video, 7_200_000, 40))
        #expect(try repair(packets).shifts.isEmpty)
    }

    @Test("A pause of both is believed as long as it may be, and no longer") func pause() throws {
        #expect(try repair(recording(from: 0) + recording(from: 63_000)).shifts.isEmpty)
        #expect(try repair(recording(from: 0) + recording(from: 65_000)).clockChanges == 1)
        #expect(try repair(recording(from: 0) + recording(from: 1_800_000), pause: 1_800_000).shifts.isEmpty)
    }

    @Test("Slides with nothing else are as far apart as they say") func slides() throws {
        let slides: [Packet] = [0, 600_000, 605_000, 2_000_000].map { (Self.video, $0, 0) }
        #expect(try repair(slides, pause: 1_800_000, leaders: [Self.video]).shifts.isEmpty)
    }

    @Test("A stream that goes astray alone goes on where it was") func alone() throws {
        var packets = recording(from: 0, milliseconds: 20_000)
        for index in packets.indices where packets[index].stream == Self.video && packets[index].time >= 4000 {
            packets[index].time += 140_000_000
        }
        // A demuxer that goes by the times gives those behind all others.
        packets.sort { $0.time < $1.time }
        let found = try repair(packets)
        #expect(steps(corrected(packets, stream: Self.video, found)) == [40])
        #expect(found.shifts[Self.audio] == nil)
    }

    @Test("A stream that jumps by less than a pause while the other goes on beside it goes on where it was")
    func aloneBeside() throws {
        var packets = recording(from: 0, milliseconds: 8000)
        for index in packets.indices where packets[index].stream == Self.audio && packets[index].time >= 2000 {
            packets[index].time += 20_000
        }
        let found = try repair(packets)
        #expect(steps(corrected(packets, stream: Self.audio, found)) == [20])
        #expect(found.shifts[Self.video] == nil)
        // In the order of their times, the sound does pause.
        #expect(try repair(packets.sorted { $0.time < $1.time }).shifts.isEmpty)
    }

    @Test("A last packet far behind where all is over is put where its stream goes on", arguments: [video, audio])
    func wildEnd(stream: Int) throws {
        var packets = recording(from: 0, milliseconds: 8000)
        let place = try #require(packets.lastIndex { $0.stream == stream })
        packets[place].time = 1_000_000
        let found = try repair(packets, pause: 1_800_000)
        #expect(steps(corrected(packets, stream: stream, found)) == [stream == Self.video ? 40 : 20])
        #expect(found.clockChanges == 0)
    }

    @Test("A last frame long after the others keeps its time, with and without audio beside it")
    func lateEnd() throws {
        let late: Packet = (Self.video, 1_000_000, 40)
        let sound = stride(from: 8000, to: 1_000_000, by: 20).map { (Self.audio, Int64($0), Int64(20)) }
        #expect(
            try repair(recording(from: 0, milliseconds: 8000) + sound + [late], pause: 1_800_000).shifts.isEmpty)
        let pictures = recording(from: 0, milliseconds: 8000).filter { $0.stream == Self.video }
        #expect(try repair(pictures + [late], pause: 1_800_000, leaders: [Self.video]).shifts.isEmpty)
    }

    @Test("Subtitles follow the clock of what is around them") func subtitles() throws {
        let words: Packet = (Self.subtitle, 1000, 500)
        let packets = recording(from: 0) + [words] + recording(from: 0) + [words]
        let found = try repair(packets)
        #expect(found.shifts[Self.subtitle] == [TimestampShift(packet: 1, ticks: 4000)])
    }

    @Test("Reordered frames have continuous times") func reordered()
        throws
    {
        var runs = TimestampRuns(leaders: [Self.video], bases: [Self.video: Rational(1, 1)], longestPause: 60_000_000)
        for (decoding, presentation) in [(0, 40), (20, 120), (40, 80), (60, 60), (80, 100)] as [(Int64, Int64)] {
            try runs.add(stream: Self.video, TimestampRuns.Times(presentation: presentation, decoding: decoding))
        }
        #expect(try TimestampRepair(runs).shifts.isEmpty)
    }

    @Test("A pause also applies to frames that are decoded ahead of it") func reorderedPause() throws {
        var runs = TimestampRuns(
            leaders: [Self.video], bases: [Self.video: Rational(1, 1000)], longestPause: 1_800_000_000)
        let packets: [(decoding: Int64, presentation: Int64)] =
            (0..<20).map { ($0 * 40, $0 * 40 + 80) }
            + [(800, 6040), (840, 6000), (6000, 6160), (6040, 6080), (6080, 6120), (6120, 6200)]
        for (decoding, presentation) in packets {
            try runs.add(
                stream: Self.video, TimestampRuns.Times(presentation: presentation, decoding: decoding, duration: 40))
        }
        #expect(try TimestampRepair(runs).shifts.isEmpty)
    }

    @Test("A frame with an implausible time is shown in its place") func wildPresentation() throws {
        var runs = TimestampRuns(
            leaders: [Self.video], bases: [Self.video: Rational(1, 1000)], longestPause: 1_800_000_000)
        for number in 0..<100 as Range<Int64> {
            let shown = number == 50 ? 30_000 : number * 40 + 80
            try runs.add(
                stream: Self.video, TimestampRuns.Times(presentation: shown, decoding: number * 40, duration: 40))
        }
        let shifts = try TimestampRepair(runs).shifts
        #expect(
            shifts == [
                Self.video: [TimestampShift(packet: 50, ticks: 2080 - 30_000), TimestampShift(packet: 51, ticks: 0)]
            ])
    }

    @Test("No time is too wild") func extremes() throws {
        let times: [Int64] = [.max, .min, .min + 1, 0, .max - 1, -5, 1 << 60]
        let packets = times.flatMap { time -> [Packet] in [(Self.video, time, .max), (Self.audio, ~time, .max)] }
        let found = try repair(packets)
        #expect(found.shifts.values.allSatisfy { $0.isPlausible })
    }

    @Test("Times that jump with each packet are refused") func endless() {
        let packets = (0..<10_000).map { number -> Packet in
            let step: Int64 = 70_000
            return (Self.video, number % 2 == 0 ? Int64(number) * step : (1_000_000 - Int64(number)) * step, 40)
        }
        #expect(throws: Rejection.self) { try repair(packets) }
    }
}
