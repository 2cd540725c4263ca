/// Frames that a connection has not taken yet: bounded by bytes, in order.
///
/// A connection that falls behind with events of the room loses all of them and is told everything instead; one that falls
/// behind with what nothing makes superfluous has to come back.
public struct OutgoingQueue: Sendable {
    /// What may happen to a frame that is not taken in time.
    public enum Kind: Sendable, Hashable {
        /// Must not be lost: an answer.
        case required
        /// The event of the room with this number: superfluous after a snapshot.
        case ordered(Int64)
        /// Everything about the room: takes the place of all events and snapshots before.
        case snapshot
        /// A newer one of the same name takes its place.
        case newest(String)
        /// May be left out.
        case passing
    }

    /// Most bytes.
    public static let byteLimit = 256 * 1024
    /// What each frame counts for beside its bytes, so that small ones are bounded as well.
    static let frameCost = 64

    private var frames: [(kind: Kind, bytes: [UInt8])] = []
    private var taken = 0
    private var cost = 0
    /// The first event of the room that was lost. None is taken until a snapshot comes, for which it is time when nothing
    /// else waits.
    public private(set) var firstLost: Int64?

    /// An empty queue.
    public init() {}

    /// Frames that wait.
    public var count: Int { frames.count - taken }

    /// Adds a frame.
    /// - Returns: `false` if there is no room for one that must not be lost.
    public mutating func push(_ bytes: [UInt8], _ kind: Kind) -> Bool {
        switch kind {
        case .newest:
            if let place = frames[taken...].firstIndex(where: { $0.kind == kind }) {
                cost += bytes.count - frames[place].bytes.count
                frames[place].bytes = bytes
                return true
            }
            guard fits(bytes, Self.byteLimit) else { return true }
        case .passing: guard fits(bytes, Self.byteLimit / 2) else { return true }
        case .snapshot:
            // Always has room: it is one at most, and everything about a full room is more than the limit.
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

    /// Takes the oldest frame.
    public mutating func pop() -> [UInt8]? {
        guard taken < frames.count else { return nil }
        let bytes = frames[taken].bytes
        frames[taken].bytes = []
        taken += 1
        cost -= bytes.count + Self.frameCost
        if taken == frames.count || taken >= 64 {
            frames.removeFirst(taken)
            taken = 0
        }
        return bytes
    }

    /// One frame always has room, however large.
    private func fits(_ bytes: [UInt8], _ limit: Int) -> Bool {
        count == 0 || cost + bytes.count + Self.frameCost <= limit
    }

    /// - Returns: The number of the first event that was dropped; 0 if it was a snapshot.
    private mutating func dropEvents() -> Int64? {
        frames.removeFirst(taken)
        taken = 0
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
