internal import DequeModule
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

/// The frames that wait for one connection, in order and bounded by bytes.
///
/// A connection that is too slow for events loses all of them and is sent a snapshot instead. A connection that is too slow for
/// frames that a snapshot does not replace has to reconnect.
public struct OutgoingQueue: Sendable {
    /// What may happen to a frame that waits.
    public enum Kind: Sendable, Hashable {
        /// It must not be lost: an answer.
        case required
        /// It is the event with this sequence number; a snapshot replaces it.
        case ordered(Int64)
        /// It is a snapshot, which replaces all events and snapshots before it.
        case snapshot
        /// A newer frame with the same name replaces it.
        case newest(String)
        /// It may be dropped.
        case ephemeral
    }

    /// The largest number of bytes.
    public static let byteLimit = 256 * 1024
    /// The cost of a frame beside its bytes, so that the number of small frames is bounded as well.
    static let frameCost = 64

    private var frames = Deque<(kind: Kind, bytes: [UInt8])>()
    private var cost = 0
    /// The sequence number of the first event that was dropped; 0 for a dropped snapshot. Further events are dropped until a
    /// snapshot is added, which is due when the queue is empty.
    public private(set) var firstLost: Int64?

    /// Creates an empty queue.
    public init() {}

    /// The number of frames.
    public var count: Int { frames.count }

    /// Adds a frame.
    /// - Returns: `false` if there is no space for a frame that must not be lost.
    public mutating func push(_ bytes: [UInt8], _ kind: Kind) -> Bool {
        switch kind {
        case .newest:
            if let place = frames.firstIndex(where: { $0.kind == kind }) {
                cost += bytes.count - frames[place].bytes.count
                frames[place].bytes = bytes
                return true
            }
            guard fits(bytes, Self.byteLimit) else { return true }
        case .ephemeral: guard fits(bytes, Self.byteLimit / 2) else { return true }
        case .snapshot:
            // Always added: there is at most one, and the snapshot of a full room is larger than the limit.
            _ = dropEvents()
            firstLost = nil
        case .ordered(let sequence):
            guard firstLost == nil else { return true }
            guard fits(bytes, Self.byteLimit) else {
                firstLost = dropEvents() ?? sequence
                return true
            }
        case .required: guard fits(bytes, Self.byteLimit) else { return false }
        }
        frames.append((kind, bytes))
        cost += bytes.count + Self.frameCost
        return true
    }

    /// Removes the oldest frame and returns it.
    public mutating func pop() -> [UInt8]? {
        guard let bytes = frames.popFirst()?.bytes else { return nil }
        cost -= bytes.count + Self.frameCost
        return bytes
    }

    /// Whether there is space. An empty queue takes one frame of any size.
    private func fits(_ bytes: [UInt8], _ limit: Int) -> Bool {
        frames.isEmpty || cost + bytes.count + Self.frameCost <= limit
    }

    /// Drops all events and snapshots.
    /// - Returns: The sequence number of the first event that was dropped; 0 if a snapshot was.
    private mutating func dropEvents() -> Int64? {
        var first: Int64?
        frames.removeAll { frame in
            switch frame.kind {
            case .ordered(let sequence): first = first ?? sequence
            case .snapshot: first = 0
            default: return false
            }
            return true
        }
        cost = frames.reduce(0) { $0 + $1.bytes.count + Self.frameCost }
        return first
    }
}
