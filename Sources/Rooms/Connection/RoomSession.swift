public import Ground
internal import Synchronization

/// The outgoing side of one connection: frames wait here until the socket takes them.
public final class RoomSession: Sendable {
    /// What the socket has to do next.
    public enum Output: Sendable, Hashable {
        /// Send a text frame.
        case frame([UInt8])
        /// Call ``RoomConnection/catchUp(from:)``, because events were dropped from this sequence number on.
        case catchUp(Int64)
        /// Close with this status code.
        case close(UInt16)
    }

    private struct State {
        var queue = OutgoingQueue()
        var closing: CloseCode?
        var isOver = false
    }

    /// The connection's id on this node.
    public let connection: String
    /// Yields whenever ``next()`` may have something.
    public let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private let clock: WallClock

    /// Creates the outgoing side of a connection.
    public init(connection: String, clock: WallClock) {
        self.connection = connection
        self.clock = clock
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether the session was ended.
    public var isClosing: Bool { state.withLock { $0.closing != nil } }

    /// Queues a frame. A connection that is too slow for frames that must not be lost is ended.
    public func send(_ frame: [UInt8], _ kind: OutgoingQueue.Kind) {
        let fits = state.withLock { state in
            guard state.closing == nil else { return true }
            return state.queue.push(frame, kind)
        }
        if fits {
            signal.yield()
        } else {
            end(.tooSlow)
        }
    }

    /// Ends the session: queues a `bye` frame, then the close. Later frames are dropped.
    /// - Parameters:
    ///   - wait: After how many milliseconds the client should reconnect.
    ///   - reason: What the `bye` frame gives as the reason.
    public func end(_ code: CloseCode, after wait: Int64? = nil, reason: String? = nil) {
        let bye = try? ServerMessage.event(
            "bye", at: clock.now(),
            Goodbye(code: code.rawValue, reconnect: code.reconnects, afterMs: wait, reason: reason))
        state.withLock { state in
            guard state.closing == nil else { return }
            state.closing = code
            // A client this slow would not take the waiting frames.
            if code == .tooSlow { state.queue = OutgoingQueue() }
            if let bye { _ = state.queue.push(bye, .newest("bye")) }
        }
        signal.yield()
    }

    /// Takes what the socket has to do next; `nil` if there is nothing.
    public func next() -> Output? {
        state.withLock { state in
            if let frame = state.queue.pop() { return .frame(frame) }
            guard let code = state.closing else { return state.queue.firstLost.map { .catchUp($0) } }
            guard !state.isOver else { return nil }
            state.isOver = true
            return .close(code.rawValue)
        }
    }

    /// Ends ``signals``, because the connection is closed.
    public func finish() { signal.finish() }

    private struct Goodbye: Encodable {
        var code: UInt16
        var reconnect: Bool
        var afterMs: Int64?
        var reason: String?
    }
}
