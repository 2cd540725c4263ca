import NIOCore
import NIOEmbedded
import Testing

@testable import API

@Suite("The timers of a connection") struct ConnectionTimersTests {
    /// Timers on a loop whose time a test moves, and what they have told.
    private final class Subject {
        let loop = EmbeddedEventLoop()
        var timers = ConnectionTimers()
        var fired: [(ConnectionGuard.Timer, NIODeadline)] = []
        var runs = 0

        func start(_ timer: ConnectionGuard.Timer, _ time: Duration) {
            timers.start(timer, time, on: loop) { self.run(timer) }
        }

        private func run(_ timer: ConnectionGuard.Timer) {
            runs += 1
            if timers.isOver(timer, on: loop, again: { self.run(timer) }) { fired.append((timer, loop.now)) }
        }
    }

    @Test("a timer that is started again counts anew, and one that is stopped says nothing")
    func again() {
        let subject = Subject()
        subject.start(.head, .seconds(20))
        subject.loop.advanceTime(by: .seconds(15))
        subject.start(.head, .seconds(20))
        subject.start(.idle, .seconds(30))
        subject.loop.advanceTime(by: .seconds(15))
        #expect(subject.fired.isEmpty && subject.timers.isRunning(.head))
        subject.timers.stop(.idle)
        subject.loop.advanceTime(by: .seconds(60))
        #expect(subject.fired.map(\.0) == [.head])
        #expect(subject.fired.first?.1 == .uptimeNanoseconds(35_000_000_000))
        #expect(!subject.timers.isRunning(.head) && !subject.timers.isRunning(.idle))
    }

    @Test("a timer that is started and stopped ten thousand times runs one task")
    func cheap() {
        let subject = Subject()
        for _ in 0..<10_000 {
            subject.start(.head, .seconds(20))
            subject.timers.stop(.head)
            subject.loop.advanceTime(by: .microseconds(1))
        }
        subject.loop.advanceTime(by: .hours(1))
        #expect(subject.runs == 1 && subject.fired.isEmpty)
    }

    @Test("a shorter time in place of a longer one is kept, and nothing runs after the end")
    func shorter() {
        let subject = Subject()
        subject.start(.drain, .seconds(30))
        subject.start(.drain, .seconds(2))
        subject.loop.advanceTime(by: .seconds(2))
        #expect(subject.fired.map(\.0) == [.drain])
        subject.start(.stall, .seconds(60))
        subject.timers.cancel()
        subject.loop.advanceTime(by: .hours(1))
        #expect(subject.fired.count == 1 && subject.runs == 1)
    }
}

@Suite("The date of responses") struct HTTPDateTests {
    @Test(
        "as RFC 9110 writes it",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ] as [(Int64, String)])
    func text(second: Int64, expected: String) {
        let date = HTTPDate()
        #expect(date.text(at: second * 1000 + 999) == expected)
        #expect(date.text(at: second * 1000 + 1000) != expected)
    }
}
