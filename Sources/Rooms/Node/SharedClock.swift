public import Ground
internal import Synchronization

/// A time that is slewed towards the store's time.
///
/// It advances with the machine's monotonic clock, so it does not jump with the machine's wall clock, and applies corrections
/// gradually.
public struct SlewedClock: Sendable {
    /// A sample of the store's time.
    struct Sample: Sendable {
        /// The store's time minus the monotonic time, in milliseconds.
        var offset: Int64
        /// How long the sample took, in milliseconds.
        var roundTrip: Int64
    }

    private var samples: [Sample] = []
    private var applied: Int64
    private var since: Int64
    private var target: Int64
    private var isSet = false

    /// The offset changes by at most one part in twenty of the elapsed time.
    private static let slew: Int64 = 20

    /// Creates a clock that has no sample yet.
    /// - Parameters:
    ///   - guess: The machine's time, in milliseconds since 1970.
    ///   - ticks: The monotonic time, in milliseconds.
    init(guess: Int64, ticks: Int64) {
        applied = guess - ticks
        target = applied
        since = ticks
    }

    /// The time at a monotonic time, in milliseconds since 1970.
    func now(ticks: Int64) -> Int64 { ticks + offset(ticks) }

    private func offset(_ ticks: Int64) -> Int64 {
        let most = max(0, ticks - since) / Self.slew
        return applied + min(max(target - applied, -most), most)
    }

    /// Adds a sample of the store's time; of the last eight, the one with the shortest round trip is the target.
    /// - Parameters:
    ///   - sent: The monotonic time when the store was asked.
    ///   - received: The monotonic time when it answered.
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

/// The clock on which all nodes agree: it follows the store's time.
public final class SharedClock: Sendable {
    private let time: Mutex<SlewedClock>
    private let start = ContinuousClock.now

    /// Creates a clock that shows the machine's time until it has a sample of the store's time.
    public init(_ wall: WallClock = .system) {
        time = Mutex(SlewedClock(guess: wall.now(), ticks: 0))
    }

    /// The time in milliseconds since 1970.
    public func now() -> Int64 { time.withLock { $0.now(ticks: ticks) } }

    /// The same time as a ``WallClock``.
    public var wallClock: WallClock { WallClock { self.now() } }

    private var ticks: Int64 {
        (ContinuousClock.now - start).milliseconds
    }

    /// Samples the store's time.
    /// - Throws: The store's error; the clock is unchanged then.
    func sample(_ store: some RoomStore) async throws {
        let sent = ticks
        let found = try await store.time()
        let received = ticks
        time.withLock { $0.take(store: found, sent: sent, received: received) }
    }
}
