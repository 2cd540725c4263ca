internal import Synchronization

/// One bucket for each of many keys, bounded: when there are too many, a quarter is forgotten, those first that are full
/// again or will be soonest. So whoever comes with many keys does not fill up a bucket that is empty.
struct KeyedBuckets: Sendable {
    /// Most keys.
    static let limit = 8192

    private let burst: Int
    private let rate: Int
    private var buckets: [String: TokenBucket] = [:]

    init(burst: Int, perSecond rate: Int) {
        self.burst = burst
        self.rate = rate
    }

    /// How many keys are known.
    var count: Int { buckets.count }

    /// Takes one out.
    /// - Returns: `nil` if there was one, else the milliseconds until there is.
    mutating func take(_ key: String, at now: Int64) -> Int64? {
        if buckets[key] == nil, buckets.count >= Self.limit {
            for (key, _) in buckets.sorted(by: { $0.value.fullAt < $1.value.fullAt }).prefix(Self.limit / 4) {
                buckets[key] = nil
            }
        }
        return buckets[key, default: TokenBucket(burst: burst, perSecond: rate, at: now)].take(at: now)
    }
}

/// What one address may do on a node; all of it is of blocks of addresses.
final class AddressLimits: Sendable {
    private struct State {
        var joins: KeyedBuckets?
        var misses = KeyedBuckets(burst: 20, perSecond: 1)
        var guests: [String: Int] = [:]
    }

    /// Most guests of an address in one room, and half as many more members in all; `nil` for any number.
    let guestsInRoom: Int?
    private let state: Mutex<State>

    /// Rooms full of guests of one address that a node has at a time.
    private static let rooms = 4

    /// - Parameter guestsInRoom: 0 for any number; then an address may also come in as often as it likes.
    init(guestsInRoom: Int) {
        self.guestsInRoom = guestsInRoom > 0 ? guestsInRoom : nil
        // Twice as many as may be in, so that all may come back at once after a node has stopped.
        let joins = guestsInRoom > 0 ? KeyedBuckets(burst: 2 * guestsInRoom, perSecond: 2) : nil
        state = Mutex(State(joins: joins))
    }

    /// Asks whether somebody may come in as a new member.
    /// - Parameter subject: The address of a guest, else the account.
    /// - Returns: `nil`, or the milliseconds until they may.
    func waitToJoin(_ subject: String, at now: Int64) -> Int64? {
        state.withLock { $0.joins?.take(subject, at: now) }
    }

    /// Counts a guest who comes in; ``leave(_:)`` takes it back.
    /// - Returns: `false` if there are too many in all rooms together; then the guest is not counted.
    func enter(_ address: String) -> Bool {
        state.withLock { state in
            let count = state.guests[address, default: 0]
            if let guestsInRoom, count >= guestsInRoom * Self.rooms { return false }
            state.guests[address] = count + 1
            return true
        }
    }

    /// A guest of an address has gone.
    func leave(_ address: String) {
        state.withLock { state in
            let count = state.guests[address, default: 0]
            state.guests[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Counts that an address asked for a room that is none.
    /// - Returns: `nil`, or the milliseconds that the address has to wait because it asked for too many of them.
    func miss(_ address: String, at now: Int64) -> Int64? { state.withLock { $0.misses.take(address, at: now) } }
}
