internal import Catalog
public import Ground
internal import Synchronization

/// What goes out to one connection of a room.
public final class RoomSession: Sendable {
    /// What to do next with the connection.
    public enum Output: Sendable, Hashable {
        /// Send a text frame.
        case frame([UInt8])
        /// Have ``RoomConnection/catchUp(from:)`` send a snapshot: events of the room were lost from this one on.
        case catchUp(Int64)
        /// Close, with this code.
        case close(UInt16)
    }

    private struct State {
        var queue = OutgoingQueue()
        var closing: CloseCode?
        var isOver = false
    }

    /// The connection's name on this node.
    public let connection: String
    /// Comes whenever there may be something to take.
    public let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state = Mutex(State())

    private let clock: WallClock

    /// The outgoing side of a connection.
    public init(connection: String, clock: WallClock) {
        self.connection = connection
        self.clock = clock
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether it was said goodbye to.
    public var isClosing: Bool { state.withLock { $0.closing != nil } }

    /// Sends a frame as soon as the connection takes it; a connection that is too slow for answers is ended.
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

    /// Says goodbye and closes; nothing is sent afterwards.
    /// - Parameters:
    ///   - wait: Milliseconds after which the client should come back.
    public func end(_ code: CloseCode, after wait: Int64? = nil, reason: String? = nil) {
        let bye = try? ServerMessage.event(
            "bye", at: clock.now(),
            Goodbye(code: code.rawValue, reconnect: code.reconnects, afterMs: wait, reason: reason))
        state.withLock { state in
            guard state.closing == nil else { return }
            state.closing = code
            // What waits is lost to a client that does not take it anyway.
            if code == .tooSlow { state.queue = OutgoingQueue() }
            if let bye { _ = state.queue.push(bye, .newest("bye")) }
        }
        signal.yield()
    }

    /// What to do next; `nil` if there is nothing now.
    public func next() -> Output? {
        state.withLock { state in
            if let frame = state.queue.pop() { return .frame(frame) }
            guard let code = state.closing else { return state.queue.firstLost.map { .catchUp($0) } }
            guard !state.isOver else { return nil }
            state.isOver = true
            return .close(code.rawValue)
        }
    }

    /// Ends ``signals``: the connection is gone.
    public func finish() { signal.finish() }

    private struct Goodbye: Encodable {
        var code: UInt16
        var reconnect: Bool
        var afterMs: Int64?
        var reason: String?
    }
}
