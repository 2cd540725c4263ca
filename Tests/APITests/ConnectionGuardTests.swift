import Testing

@testable import API

/// What the guard of a connection decides, event by event: no sockets, no event loop, no time.
@Suite("The guard of a connection") struct ConnectionGuardTests {
    private typealias Event = ConnectionGuard.Event
    private typealias Action = ConnectionGuard.Action

    private static let limits = ConnectionGuard.Limits(
        idleTimeout: .seconds(75), headTimeout: .seconds(20), stallTimeout: .seconds(60), bodyWindow: .seconds(70),
        bodyFloor: 1000, drainTimeout: .seconds(30), drainLimit: 5000, lingerTimeout: .seconds(2))

    /// The actions that follow the last of some events.
    private func actions(_ events: Event...) -> [Action] {
        var connection = ConnectionGuard(limits: Self.limits)
        var actions: [Action] = []
        for event in events { actions = connection.handle(event) }
        return actions
    }

    @Test("A new connection has some time until its first byte, then some for the whole head")
    func begin() {
        #expect(actions(.opened) == [.start(.idle, .seconds(75))])
        #expect(actions(.opened, .timerFired(.idle)) == [.close])
        #expect(actions(.opened, .bytesRead) == [.stop(.idle), .start(.head, .seconds(20))])
        #expect(actions(.opened, .bytesRead, .bytesRead).isEmpty, "more bytes give no more time")
        #expect(actions(.opened, .bytesRead, .requestHead) == [.stop(.head)])
    }

    @Test("A head that does not come in time, or breaks a rule, is answered once; what comes after it is dropped")
    func refusal() {
        let refusal: [Action] = [.stop(.head), .refuse, .closeOutput, .start(.drain, .seconds(2))]
        #expect(actions(.opened, .bytesRead, .timerFired(.head)) == refusal)
        #expect(actions(.opened, .bytesRead, .requestRefused) == refusal)
        #expect(actions(.opened, .bytesRead, .requestRefused, .requestRefused).isEmpty)
        #expect(actions(.opened, .bytesRead, .requestRefused, .requestHead) == [.drop])
        #expect(actions(.opened, .bytesRead, .requestRefused, .requestBody(9)) == [.drop])
        #expect(actions(.opened, .bytesRead, .requestRefused, .requestEnd) == [.drop])
        #expect(actions(.opened, .bytesRead, .requestRefused, .timerFired(.head)).isEmpty)
        #expect(actions(.opened, .bytesRead, .requestRefused, .timerFired(.drain)) == [.close])
    }

    @Test("While a request is answered, an error is passed on to it")
    func errorWhileAnswering() {
        // Behind a request that is not answered yet: another head.
        #expect(actions(.opened, .bytesRead, .requestHead, .requestEnd, .bytesRead, .requestRefused) == [.passError])
        #expect(
            actions(.opened, .bytesRead, .requestHead, .requestEnd, .bytesRead, .requestRefused, .requestHead)
                == [.drop])
        // In its own body: its response may still be written, and ends the connection.
        #expect(actions(.opened, .bytesRead, .requestHead, .requestRefused) == [.passError])
        #expect(
            actions(
                .opened, .bytesRead, .requestHead, .requestRefused, .responseHead(closes: true), .responseEnd)
                == [.start(.drain, .seconds(30)), .flush, .closeOutput])
    }

    @Test("A body is timed only while it arrives, and must bring some bytes in each window")
    func body() {
        #expect(actions(.opened, .bytesRead, .requestHead, .requestEnd, .readCompleted).isEmpty)
        #expect(actions(.opened, .bytesRead, .requestHead, .readCompleted) == [.start(.body, .seconds(70))])
        #expect(actions(.opened, .bytesRead, .requestHead, .readCompleted, .readCompleted).isEmpty)
        #expect(
            actions(.opened, .bytesRead, .requestHead, .readCompleted, .requestBody(999), .timerFired(.body))
                == [.close])
        #expect(
            actions(
                .opened, .bytesRead, .requestHead, .readCompleted, .requestBody(500), .requestBody(500),
                .timerFired(.body)) == [.start(.body, .seconds(70))])
        #expect(
            actions(
                .opened, .bytesRead, .requestHead, .readCompleted, .requestBody(1000), .timerFired(.body),
                .requestBody(999), .timerFired(.body)) == [.close], "each window counts anew")
        #expect(actions(.opened, .bytesRead, .requestHead, .readCompleted, .requestEnd) == [.stop(.body)])
    }

    @Test("After a response the rest of the body is dropped, up to a limit and for a while")
    func drain() {
        var connection = ConnectionGuard(limits: Self.limits)
        for event: Event in [.opened, .bytesRead, .requestHead, .readCompleted, .responseHead(closes: false)] {
            _ = connection.handle(event)
        }
        #expect(connection.handle(.responseEnd) == [.stop(.body), .start(.drain, .seconds(30)), .flush])
        #expect(connection.handle(.timerFired(.body)).isEmpty)
        var kept = connection
        #expect(connection.handle(.requestBody(5000)) == [.drop])
        #expect(connection.handle(.requestBody(1)) == [.drop, .close])
        #expect(kept.handle(.requestEnd) == [.stop(.drain), .start(.idle, .seconds(75))])
        #expect(
            kept.handle(.bytesRead) == [.stop(.idle), .start(.head, .seconds(20))], "the connection goes on")
        #expect(kept.handle(.timerFired(.drain)) == [.close])
    }

    @Test("A response that closes ends the connection: at once, or when the body has ended")
    func close() {
        let whole: [Event] = [.opened, .bytesRead, .requestHead, .requestEnd]
        var connection = ConnectionGuard(limits: Self.limits)
        for event in whole { _ = connection.handle(event) }
        #expect(connection.handle(.responseHead(closes: true)).isEmpty)
        #expect(connection.handle(.responseEnd) == [.flush, .close])
        #expect(
            actions(.opened, .bytesRead, .requestHead, .responseHead(closes: true), .responseEnd)
                == [.start(.drain, .seconds(30)), .flush, .closeOutput])
        #expect(
            actions(
                .opened, .bytesRead, .requestHead, .responseHead(closes: true), .responseEnd, .requestEnd)
                == [.stop(.drain), .close])
    }

    @Test("Only the last of several responses ends the connection")
    func pipelining() {
        var connection = ConnectionGuard(limits: Self.limits)
        for event: Event in [.opened, .bytesRead, .requestHead, .requestEnd, .requestHead, .requestEnd] {
            _ = connection.handle(event)
        }
        _ = connection.handle(.responseHead(closes: true))
        #expect(connection.handle(.responseEnd).isEmpty)
        _ = connection.handle(.responseHead(closes: true))
        #expect(connection.handle(.responseEnd) == [.flush, .close])
    }

    @Test("A client that reads nothing of a response is waited for a while")
    func stall() {
        #expect(actions(.opened, .writability(false)) == [.start(.stall, .seconds(60))])
        #expect(actions(.opened, .writability(false), .writability(true)) == [.stop(.stall)])
        #expect(actions(.opened, .writability(false), .timerFired(.stall)) == [.close])
    }

    @Test("A connection has some time from the end of its last response to the next byte")
    func idle() {
        let answered: [Event] = [.opened, .bytesRead, .requestHead, .requestEnd, .responseHead(closes: false)]
        var connection = ConnectionGuard(limits: Self.limits)
        for event in answered { _ = connection.handle(event) }
        var early = connection
        #expect(connection.handle(.responseEnd) == [.start(.idle, .seconds(75))])
        var idle = connection
        #expect(idle.handle(.timerFired(.idle)) == [.close])
        #expect(connection.handle(.bytesRead) == [.stop(.idle), .start(.head, .seconds(20))])
        // A part of the next head has arrived, which has its own time; then nothing is timed until that is answered.
        _ = early.handle(.bytesRead)
        #expect(early.handle(.responseEnd).isEmpty)
        #expect(early.handle(.requestHead) == [.stop(.head)])
        // The next of several heads that have arrived together.
        var several = idle
        #expect(several.handle(.requestHead) == [.stop(.idle)])
    }

    @Test("When the server stops, a connection ends with its last response, or at once where nothing is being answered")
    func quiesce() {
        #expect(actions(.opened, .quiesce) == [.drop, .close])
        #expect(actions(.opened, .bytesRead, .quiesce) == [.drop, .close])
        #expect(actions(.opened, .bytesRead, .requestHead, .quiesce) == [.drop])
        #expect(actions(.opened, .bytesRead, .requestHead, .requestEnd, .quiesce, .responseEnd) == [.flush, .close])
        #expect(actions(.opened, .bytesRead, .requestHead, .quiesce, .responseEnd) == [.flush, .close])
        #expect(
            actions(.opened, .bytesRead, .requestHead, .requestEnd, .responseEnd, .quiesce) == [.drop, .close])
    }
}
