public import Catalog
public import Ground

/// The bans of a room, for those who are not in it: read from the store and written to it, past all nodes.
public struct RoomBans: Sendable {
    private let store: any RoomStore
    private let clock: WallClock

    /// Times that a change is worked out anew when others change the room at the same moment.
    private static let attempts = 24

    /// Bans in a store.
    /// - Parameter clock: Says which bans hold.
    public init(_ store: any RoomStore, clock: WallClock = .system) {
        self.store = store
        self.clock = clock
    }

    /// The bans that hold, newest first.
    /// - Parameters:
    ///   - record: The room.
    ///   - user: The account that asks.
    /// - Throws: ``RoomFault/notAllowed``, or what the store says.
    public func list(of record: RoomRecord, for user: String) async throws -> [Ban] {
        guard let stored = try await store.load(record.id) else {
            guard record.ownerID == user else { throw RoomFault.notAllowed }
            return []
        }
        return try Room(stored.state).bans(for: user, at: clock.now())
    }

    /// Lets somebody come in again.
    /// - Throws: ``RoomFault/notAllowed``, ``RoomFault/banNotFound``, ``RoomFault/unavailable`` if others change the room
    ///   again and again, or what the store says.
    public func lift(_ member: String, of record: RoomRecord, for user: String) async throws {
        for _ in 0..<Self.attempts {
            guard let stored = try await store.load(record.id) else {
                throw record.ownerID == user ? RoomFault.banNotFound : RoomFault.notAllowed
            }
            var room = Room(stored.state)
            try room.apply(.liftBan(member: member, user: user), at: clock.now())
            let change = RoomChange(
                base: stored.version, state: room.state, isStateNew: true, events: [], history: stored.history)
            if try await store.commit(change) == .written { return }
        }
        throw RoomFault.unavailable
    }
}
