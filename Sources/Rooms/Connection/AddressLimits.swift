internal import Ground
internal import Synchronization

/// The limits of one client address on a node; an address is a block of addresses.
final class AddressLimits: Sendable {
    private struct State {
        var joins: KeyedBuckets?
        var misses = KeyedBuckets(burst: 20, perSecond: 1)
    }

    /// The largest number of guests of an address in one room, and of half as many more members in all; `nil` for no limit.
    let guestsInRoom: Int?
    private let state: Mutex<State>
    private let guests: AddressQuota

    /// How many times as many guests of one address may be in all rooms of the node.
    private static let rooms = 4

    /// Creates the limits.
    /// - Parameter guestsInRoom: The limit in one room; 0 for no limit, also of how often an address may join.
    init(guestsInRoom: Int) {
        self.guestsInRoom = guestsInRoom > 0 ? guestsInRoom : nil
        // Twice the limit, so that all of them may join again at once after a node has stopped.
        let joins = guestsInRoom > 0 ? KeyedBuckets(burst: 2 * guestsInRoom, perSecond: 2) : nil
        state = Mutex(State(joins: joins))
        guests = AddressQuota(limit: self.guestsInRoom.map { $0 * Self.rooms })
    }

    /// Counts a join.
    /// - Parameter subject: The address of a guest, or an account.
    /// - Returns: `nil` if the subject may join now, else the milliseconds until it may.
    func waitToJoin(_ subject: String, at now: Int64) -> Int64? {
        state.withLock { $0.joins?.take(subject, at: now) }
    }

    /// Counts a guest of an address, for as long as the returned place is held.
    /// - Returns: `nil` if too many guests of the address are in all rooms.
    func enter(_ address: String) -> AddressQuota.Place? { guests.take(address) }

    /// Counts a request of an address for a room that does not exist.
    /// - Returns: `nil`, or after too many of them the milliseconds that the address has to wait.
    func countMiss(_ address: String, at now: Int64) -> Int64? { state.withLock { $0.misses.take(address, at: now) } }
}
