public import Ground

/// The bans of a room for accounts that are not connected to it: read from the store and written to it directly.
public struct RoomBans: Sendable {
    private let store: any RoomStore
    private let clock: WallClock

    /// How often a change is repeated when others change the room at the same moment.
    private static let attempts = 24

    /// Creates the bans over a store.
    /// - Parameter clock: Decides which bans are in force.
    public init(_ store: any RoomStore, clock: WallClock = .system) {
        self.store = store
        self.clock = clock
    }

    /// The bans in force, newest first.
    /// - Parameters:
    ///   - record: The room.
    ///   - user: The account that asks.
    /// - Throws: ``RoomFault/notAllowed``, or the store's error.
    public func list(of record: RoomRecord, for user: String) async throws -> [Ban] {
        guard let stored = try await store.load(record.id) else {
            guard record.ownerID == user else { throw RoomFault.notAllowed }
            return []
        }
        return try Room(stored.state).bans(for: user, at: clock.now())
    }

    /// Lifts a ban.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/banNotFound``, ``RoomFault/unavailable`` if all attempts conflict with
    ///   changes of others, or the store's error.
    public func lift(_ member: String, of record: RoomRecord, for user: String) async throws {
        for _ in 0..<Self.attempts {
            guard let stored = try await store.load(record.id) else {
                throw record.ownerID == user ? RoomFault.banNotFound : RoomFault.notAllowed
            }
            var room = Room(stored.state)
            try room.apply(.liftBan(target: member, user: user), at: clock.now())
            let change = RoomChange(
                base: stored.version, state: room.state, isStateNew: true, events: [], history: stored.history)
            if try await store.commit(change) == .written { return }
        }
        throw RoomFault.unavailable
    }
}
