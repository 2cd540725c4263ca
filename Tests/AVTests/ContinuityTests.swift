import Testing

@testable import AV

@Suite("Clocks that start anew") struct ContinuityTests {
    private let frame: Int64 = 3600

    @Test("Rising times, and times of B-frames' packets, stay as they are") func rising() {
        var continuity = Continuity()
        for time in [100_000, 103_600, 103_600, 100_000, 110_800] as [Int64] {
            #expect(continuity.offset(stream: 0, time: time, duration: frame, leads: true) == 0)
        }
        #expect(continuity.restarts == 0)
    }

    @Test("A second recording goes on where the first one ended, for each stream when it gets there") func second() {
        var continuity = Continuity()
        var offsets: [Int64] = []
        // The sound's last packet of the first recording comes behind the picture's first of the second.
        for (stream, time) in [(0, 0), (1, 0), (0, 90_000), (1, 88_000), (0, 10), (1, 92_000), (1, 20), (0, 3610)] {
            offsets.append(
                continuity.offset(stream: Int32(stream), time: Int64(time), duration: frame, leads: true))
        }
        #expect(offsets == [0, 0, 0, 0, 93_590, 0, 93_590, 93_590])
        #expect(continuity.restarts == 1)
    }

    @Test("Streams that do not lead follow") func followers() {
        var continuity = Continuity()
        _ = continuity.offset(stream: 0, time: 0, duration: frame, leads: true)
        _ = continuity.offset(stream: 2, time: 50_000, duration: frame, leads: false)
        #expect(continuity.offset(stream: 2, time: 0, duration: frame, leads: false) == 0)
        _ = continuity.offset(stream: 0, time: 90_000, duration: frame, leads: true)
        _ = continuity.offset(stream: 2, time: 80_000, duration: frame, leads: false)
        _ = continuity.offset(stream: 0, time: 0, duration: frame, leads: true)
        #expect(continuity.offset(stream: 2, time: 0, duration: frame, leads: false) == 93_600)
    }

    @Test("No time is too wild") func wild() {
        var continuity = Continuity()
        for time in [Int64.max, .min, .min + 1, 0, .max - 1, -5] {
            _ = continuity.offset(stream: 0, time: time, duration: .max, leads: true)
        }
    }
}
