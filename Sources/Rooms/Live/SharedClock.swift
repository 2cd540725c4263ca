internal import Catalog
public import Ground
internal import Synchronization

/// The time that all nodes agree on, steered towards the store's.
///
/// Runs by the machine's monotonic clock, so it never jumps with the machine's own time; corrections are worked in slowly.
public struct SlewedClock: Sendable {
    /// A look at the store's time.
    struct Sample: Sendable {
        /// Store's time minus ours, in milliseconds.
        var offset: Int64
        var roundTrip: Int64
    }

    private var samples: [Sample] = []
    private var applied: Int64
    private var since: Int64
    private var target: Int64
    private var isSet = false

    /// A twentieth of a second a second at most.
    private static let slew: Int64 = 20

    /// - Parameters:
    ///   - guess: The time by the machine, in milliseconds since 1970.
    ///   - ticks: The monotonic clock, in milliseconds.
    init(guess: Int64, ticks: Int64) {
        applied = guess - ticks
        target = applied
        since = ticks
    }

    /// The time in milliseconds since 1970.
    func now(ticks: Int64) -> Int64 { ticks + offset(ticks) }

    private func offset(_ ticks: Int64) -> Int64 {
        let most = max(0, ticks - since) / Self.slew
        return applied + min(max(target - applied, -most), most)
    }

    /// Takes a look at the store's time in.
    /// - Parameters:
    ///   - sent: Ticks when it was asked.
    ///   - received: Ticks when the answer came.
    mutating func take(store: Int64, sent: Int64, received: Int64) {
        samples.append(Sample(offset: store - (sent + received) / 2, roundTrip: received - sent))
        if samples.count > 8 { samples.removeFirst() }
        guard let best = samples.min(by: { $0.roundTrip < $1.roundTrip }) else { return }
        applied = isSet ? offset(received) : best.offset
        since = received
        target = best.offset
        isSet = true
    }
}

/// The time that all nodes agree on.
public final class SharedClock: Sendable {
    private let time: Mutex<SlewedClock>
    private let start = ContinuousClock.now

    /// A clock that shows the machine's time until it has seen the store's.
    public init(_ wall: WallClock = .system) {
        time = Mutex(SlewedClock(guess: wall.now(), ticks: 0))
    }

    /// Milliseconds since 1970.
    public func now() -> Int64 { time.withLock { $0.now(ticks: ticks) } }

    /// The same, where a ``WallClock`` is wanted.
    public var wallClock: WallClock { WallClock { self.now() } }

    private var ticks: Int64 {
        (ContinuousClock.now - start).milliseconds
    }

    /// Looks at the store's time.
    /// - Throws: What the store says; the clock goes on as it was.
    func look(at store: some RoomStore) async throws {
        let sent = ticks
        let found = try await store.time()
        let received = ticks
        time.withLock { $0.take(store: found, sent: sent, received: received) }
    }
}
