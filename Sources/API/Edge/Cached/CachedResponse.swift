internal import Ground
internal import NIOCore
internal import Storage
internal import Synchronization

/// A complete response with status 200 that is the same for all requests with one ``ResponseCache/Key``.
final class CachedResponse: Sendable {
    /// What follows the head.
    enum Body: Sendable {
        /// No bytes.
        case none
        /// Bytes in memory, which all connections share.
        case bytes(ByteBuffer)
        /// A whole file, which the kernel copies to each connection.
        case file(LocalObject)

        /// The number of bytes.
        var count: Int {
            switch self {
            case .none: 0
            case .bytes(let bytes): bytes.readableBytes
            case .file(let file): Int(file.byteCount)
            }
        }
    }

    /// The status line and all headers but those that differ from request to request, as they are sent.
    let head: ByteBuffer
    let body: Body
    /// What requests that get the response are counted in.
    let series: AccessLog.Series
    /// The label of the route.
    let route: String
    private let lease: ResponseLease
    private let isBeingRenewed = Atomic(false)

    init(head: ByteBuffer, body: Body, series: AccessLog.Series, route: String, lease: ResponseLease) {
        self.head = head
        self.body = body
        self.series = series
        self.route = route
        self.lease = lease
    }

    /// The video that the response is of.
    var video: String { lease.video }

    /// Whether the response may be sent now. Shortly before its time is over one caller is told no, whose request then
    /// renews the response while the others go on being sent the old one.
    func mayBeSent(at now: Int64) -> Bool {
        switch lease.state(at: now) {
        case .holds: true
        case .ends: isBeingRenewed.exchange(true, ordering: .relaxed)
        case .over: false
        }
    }

    /// What the response costs of the capacity of the cache, in bytes. A file costs as much as the largest body in memory,
    /// so that the number of open files is bounded.
    var cost: Int {
        switch body {
        case .none: 2048
        case .bytes(let bytes): 2048 + bytes.readableBytes
        case .file: 2048 + Self.memoryLimit
        }
    }

    /// Largest body of a local file that is copied to connections, in bytes. The kernel sends longer ones with less work.
    static let copyLimit = 16 << 10

    /// Largest body that is kept in memory, in bytes. A slow reader keeps the bytes that it is being sent in memory, even if
    /// the cache forgets them.
    static let memoryLimit = 64 << 10
}

/// For how long a cached response may be sent: as long as its video may be watched and does not change.
struct ResponseLease: Sendable {
    /// What a lease says at a time.
    enum State: Sendable {
        case holds
        /// It holds, and needs to be renewed.
        case ends
        case over
    }

    let gate: PlaybackGate
    let video: String
    let generation: Int
    /// Tells of changes; `nil` for what never changes.
    let watch: VideoWatch?
    /// When the response was made, in milliseconds.
    let since: Int64

    /// What holds at a time.
    func state(at now: Int64) -> State {
        guard gate.isOpen(video: video, generation: generation, at: now) else { return .over }
        guard let watch else { return .holds }
        // A change whose notice is lost is seen when the time is over.
        guard watch.isCurrent, (0..<PlaybackGate.lifetime).contains(now - since) else { return .over }
        return now - since < PlaybackGate.renewal ? .holds : .ends
    }
}
