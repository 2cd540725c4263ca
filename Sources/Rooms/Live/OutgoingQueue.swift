/// Frames that a connection has not taken yet: a bounded number, in order.
///
/// A connection that falls behind loses what only the newest of is worth anything; if it falls behind with what must not be
/// lost, it has to come back and be given what it missed.
public struct OutgoingQueue: Sendable {
    /// What may happen to a frame that is not taken in time.
    public enum Kind: Sendable, Hashable {
        /// Must not be lost.
        case ordered
        /// A newer one of the same name takes its place.
        case newest(String)
        /// May be left out.
        case passing
    }

    /// Most frames.
    public static let frameLimit = 256
    /// Most bytes.
    public static let byteLimit = 256 * 1024

    private var frames: [(kind: Kind, bytes: [UInt8])] = []
    private var taken = 0
    private var byteCount = 0

    /// An empty queue.
    public init() {}

    /// Frames that wait.
    public var count: Int { frames.count - taken }

    /// Adds a frame.
    /// - Returns: `false` if there is no room for one that must not be lost.
    public mutating func push(_ bytes: [UInt8], _ kind: Kind) -> Bool {
        if case .newest = kind, let place = frames[taken...].firstIndex(where: { $0.kind == kind }) {
            byteCount += bytes.count - frames[place].bytes.count
            frames[place].bytes = bytes
            return true
        }
        // One frame always has room, however large: everything about a full room is more than the limit.
        let isFull = count >= Self.frameLimit || (count > 0 && byteCount + bytes.count > Self.byteLimit)
        if isFull { return kind != .ordered }
        if kind == .passing, count >= Self.frameLimit / 2 { return true }
        frames.append((kind, bytes))
        byteCount += bytes.count
        return true
    }

    /// Takes the oldest frame.
    public mutating func pop() -> [UInt8]? {
        guard taken < frames.count else { return nil }
        let bytes = frames[taken].bytes
        frames[taken].bytes = []
        taken += 1
        byteCount -= bytes.count
        if taken == frames.count || taken >= 64 {
            frames.removeFirst(taken)
            taken = 0
        }
        return bytes
    }
}
