/// Decides what happens to one HTTP connection outside of its requests: heads that cannot be read, clients that send or
/// read nothing, bodies that go on after their response.
///
/// This is a value without sockets, timers or a clock. ``ConnectionGuardHandler`` reports each ``Event`` and performs the
/// returned ``Action``s in their order.
///
/// - A head that breaks a rule or a limit, or is not complete in time, is answered, and the connection ends.
/// - A connection ends when its client reads nothing of a response for ``Limits/stallTimeout``, or sends less than
///   ``Limits/bodyFloor`` bytes of a body in each ``Limits/bodyWindow``.
/// - When a response has ended before the request's body, the client may go on sending for a while, so that it sees the
///   response rather than a reset connection. Then the connection ends.
/// - A response with `Connection: close` ends the connection.
/// - When the server stops, a connection ends with its last response; at once if nothing is being answered.
struct ConnectionGuard: Sendable {
    /// Limits of time and bytes for one connection.
    struct Limits: Sendable, Hashable {
        /// Longest time without a byte, before the first request and between two.
        var idleTimeout: Duration = .seconds(75)
        /// Longest time from the first byte of a head to its last.
        var headTimeout: Duration = .seconds(20)
        /// Longest time without progress of a response.
        var stallTimeout: Duration = .seconds(60)
        /// Time in which ``bodyFloor`` bytes of a body must arrive.
        var bodyWindow: Duration = .seconds(75)
        /// Smallest number of bytes of a body in ``bodyWindow``, unless the body ends.
        var bodyFloor = 1024
        /// Longest time for which a body is read and dropped after its response.
        var drainTimeout: Duration = .seconds(30)
        /// Largest number of bytes of a body that are read and dropped after its response.
        var drainLimit = 256 << 20
        /// Longest wait for the client to close the connection after a head was refused.
        var lingerTimeout: Duration = .seconds(2)
    }

    /// A timer of the connection; each kind runs at most once at a time.
    enum Timer: Int, Sendable, CaseIterable {
        /// Until the first byte of the next request.
        case idle
        /// Until the head is complete.
        case head
        /// Until the next check of the bytes of a body.
        case body
        /// Until the client reads some of a response.
        case stall
        /// Until the client has stopped sending or has closed the connection.
        case drain
    }

    /// Something that has happened on the connection.
    enum Event: Sendable, Hashable {
        /// The connection is there.
        case opened
        /// Bytes have arrived, and are about to be decoded.
        case bytesRead
        /// The head of a request is complete and breaks no rule.
        case requestHead
        /// Some bytes of a request's body have arrived.
        case requestBody(Int)
        /// A request is complete.
        case requestEnd
        /// All bytes that had arrived are decoded.
        case readCompleted
        /// A request cannot be read, or its head breaks a rule.
        case requestRefused
        /// The head of a final response is written.
        case responseHead(closes: Bool)
        /// A response is written to its end.
        case responseEnd
        /// The connection takes more bytes, or has too many that the client has not read.
        case writability(Bool)
        /// A timer has fired.
        case timerFired(Timer)
        /// The server stops, and idle connections are to end.
        case quiesce
    }

    /// Something that the owner of the connection does.
    enum Action: Sendable, Hashable {
        /// Starts a timer, in place of a running one of the same kind.
        case start(Timer, Duration)
        /// Stops a timer.
        case stop(Timer)
        /// Does not pass on the part or event that was reported; all others are passed on.
        case drop
        /// Answers with the problem of the refused request, or with 408 after a timer.
        case refuse
        /// Passes the error on to the request that is being answered.
        case passError
        /// Sends what was written.
        case flush
        /// Ends the direction to the client.
        case closeOutput
        /// Ends the connection.
        case close
    }

    private enum Reading: Hashable {
        /// No byte of the next request has arrived.
        case nothing
        /// A part of a head has arrived.
        case head
        /// The head has arrived and the body has not ended. Has the bytes since the timer was started.
        case body(received: Int, isTimed: Bool)
        /// The response has ended before the body. Has the bytes that were dropped since.
        case dropping(Int)
        /// A request was refused; nothing is read any more.
        case refused
    }

    private let limits: Limits
    private var reading = Reading.nothing
    /// Requests whose response has not ended.
    private var outstanding = 0
    private var closesAfterResponse = false
    private var isStopping = false

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes in an event.
    /// - Returns: What is to be done, in this order.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .opened: return [.start(.idle, limits.idleTimeout)]
        case .bytesRead: return readBytes()
        case .requestHead: return beginRequest()
        case .requestBody(let count): return readBody(count)
        case .requestEnd: return endRequest()
        case .readCompleted: return watchBody()
        case .requestRefused: return refuse()
        case .responseHead(let closes):
            closesAfterResponse = closes
            return []
        case .responseEnd: return endResponse()
        case .writability(let isWritable): return isWritable ? [.stop(.stall)] : [.start(.stall, limits.stallTimeout)]
        case .timerFired(let timer): return timerFired(timer)
        case .quiesce:
            isStopping = true
            return outstanding == 0 ? [.drop, .close] : [.drop]
        }
    }

    private mutating func readBytes() -> [Action] {
        guard reading == .nothing else { return [] }
        reading = .head
        return [.stop(.idle), .start(.head, limits.headTimeout)]
    }

    private mutating func beginRequest() -> [Action] {
        guard reading != .refused else { return [.drop] }
        let running = Action.stop(reading == .head ? .head : .idle)
        reading = .body(received: 0, isTimed: false)
        outstanding += 1
        return [running]
    }

    private mutating func readBody(_ count: Int) -> [Action] {
        switch reading {
        case .body(let received, let isTimed):
            reading = .body(received: received + count, isTimed: isTimed)
            return []
        case .dropping(let dropped):
            reading = .dropping(dropped + count)
            return dropped + count > limits.drainLimit ? [.drop, .close] : [.drop]
        case .refused: return [.drop]
        case .nothing, .head: return []
        }
    }

    private mutating func endRequest() -> [Action] {
        switch reading {
        case .body(_, let isTimed):
            reading = .nothing
            return isTimed ? [.stop(.body)] : []
        case .dropping:
            reading = .nothing
            return [.stop(.drain), closesAfterResponse ? .close : .start(.idle, limits.idleTimeout)]
        case .refused: return [.drop]
        case .nothing, .head: return []
        }
    }

    /// Most requests have ended when the bytes that had arrived are decoded; only a body that is still arriving is timed.
    private mutating func watchBody() -> [Action] {
        guard case .body(_, isTimed: false) = reading else { return [] }
        reading = .body(received: 0, isTimed: true)
        return [.start(.body, limits.bodyWindow)]
    }

    private mutating func endResponse() -> [Action] {
        outstanding -= 1
        guard outstanding == 0 else { return [] }
        if isStopping { return [.flush, .close] }
        guard case .body(_, let isTimed) = reading else {
            if closesAfterResponse { return [.flush, .close] }
            return reading == .nothing ? [.start(.idle, limits.idleTimeout)] : []
        }
        reading = .dropping(0)
        // The client sees the end of the response at once, whether it goes on sending or not.
        return (isTimed ? [.stop(.body)] : []) + [.start(.drain, limits.drainTimeout), .flush]
            + (closesAfterResponse ? [.closeOutput] : [])
    }

    private mutating func refuse() -> [Action] {
        guard outstanding == 0 else {
            // A body that cannot be read is a matter of its request, whose response may still be written.
            if case .body = reading { return [.passError] }
            reading = .refused
            return [.passError]
        }
        guard reading != .refused else { return [] }
        reading = .refused
        // Closing while the client still sends would reset the connection and discard the response.
        return [.stop(.head), .refuse, .closeOutput, .start(.drain, limits.lingerTimeout)]
    }

    private mutating func timerFired(_ timer: Timer) -> [Action] {
        switch timer {
        case .idle, .stall, .drain: return [.close]
        case .head: return reading == .head ? refuse() : []
        case .body:
            guard case .body(let received, _) = reading else { return [] }
            guard received >= limits.bodyFloor else { return [.close] }
            reading = .body(received: 0, isTimed: true)
            return [.start(.body, limits.bodyWindow)]
        }
    }
}
