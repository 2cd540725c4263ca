internal import DequeModule

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
