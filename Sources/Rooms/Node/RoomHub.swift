internal import Ground
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// The rooms that have members on this node.
///
/// Any number of nodes serve the same rooms, and no room depends on one of them. The hub runs as a service beside the server that
/// accepts connections.
public actor RoomHub: Service {
    /// This node's name, which no other node has.
    public nonisolated let node: String
    /// The clock on which all nodes agree.
    public nonisolated let clock: SharedClock
    nonisolated let directory: any RoomDirectory
    nonisolated let store: any RoomStore
    nonisolated let addresses: AddressLimits
    private let logger: Logger
    private let warnings: ThrottledWarnings
    private var rooms: [String: LiveRoom] = [:]
    private var isStopping = false
    private let opened: AsyncStream<LiveRoom>
    private let openRoom: AsyncStream<LiveRoom>.Continuation
    private nonisolated let counts = Mutex(RoomLoad())
    /// Ids that name no room, and until when that is assumed.
    private let unknown = BoundedCache<String, Int64>(capacity: 1024)
    /// All connections by their ids, attached to a room or not.
    private nonisolated let sessions = Mutex<[String: RoomSession]>([:])

    /// The largest number of rooms that wait to be run.
    private static let openingLimit = 4096
    /// How long an id is assumed to name no room, in milliseconds.
    private static let unknownLifetime: Int64 = 5_000

    /// Creates the hub of a node.
    /// - Parameters:
    ///   - node: The node's name; no other node may have it.
    ///   - guestsPerAddress: The largest number of guests of one address in a room; 0 for no limit. Half as many more members
    ///     of the address may join, and four times as many guests of it may be in all rooms of the node. Of an IPv6 address,
    ///     the /64 block counts.
    public init(
        node: String, store: any RoomStore, directory: any RoomDirectory, clock: SharedClock = SharedClock(),
        guestsPerAddress: Int = 0, logger: Logger
    ) {
        self.node = node
        self.store = store
        self.directory = directory
        self.clock = clock
        self.logger = logger
        warnings = ThrottledWarnings(logger, clock: clock.wallClock)
        addresses = AddressLimits(guestsInRoom: guestsPerAddress)
        (opened, openRoom) = AsyncStream.makeStream(
            of: LiveRoom.self, bufferingPolicy: .bufferingOldest(Self.openingLimit))
    }

    /// The load of this node.
    public nonisolated var load: RoomLoad { counts.withLock { $0 } }

    /// Runs all rooms until the service group shuts down; then ends all connections, so that clients go to other nodes.
    public func run() async throws {
        for _ in 0..<8 { try? await clock.sample(store) }
        await announce()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.announceRegularly() }
            await withGracefulShutdownHandler {
                for await room in opened {
                    group.addTask {
                        await room.run()
                        await self.remove(room)
                    }
                }
            } onGracefulShutdown: {
                self.openRoom.finish()
            }
            await stop()
            group.cancelAll()
        }
    }

    /// The room with an id; opened on this node if it exists and is not open yet.
    /// - Throws: ``RoomFault/roomNotFound``, ``RoomFault/unavailable``.
    func room(_ id: String) async throws(RoomFault) -> LiveRoom {
        guard !isStopping else { throw .unavailable }
        if let room = rooms[id] {
            if await !room.isClosed { return room }
            if rooms[id] === room { rooms[id] = nil }
        }
        try await lookUp(id)
        if let other = rooms[id] { return other }
        guard !isStopping else { throw .unavailable }
        let room = LiveRoom(
            id,
            .init(
                node: node, store: store, directory: directory, clock: clock.wallClock, logger: logger,
                warnings: warnings))
        guard case .enqueued = openRoom.yield(room) else { throw .unavailable }
        rooms[id] = room
        counts.withLock { $0.rooms = rooms.count }
        return room
    }

    /// Makes the rooms here that play a video check at once whether it may still be watched.
    public func recheck(video: String) async {
        for room in Array(rooms.values) where await room.state?.playback.video.id == video { await room.recheck() }
    }

    /// Checks that a room exists.
    /// - Throws: ``RoomFault/roomNotFound``, ``RoomFault/unavailable``.
    private func lookUp(_ id: String) async throws(RoomFault) {
        if let until = unknown[id], until > clock.now() { throw .roomNotFound }
        do {
            guard try await directory.room(id) == nil else { return }
        } catch {
            warnings.warn("rooms cannot be looked up", ["error": "\(error)"])
            throw .unavailable
        }
        unknown.insert(clock.now() + Self.unknownLifetime, for: id)
        throw .roomNotFound
    }

    /// Registers a connection.
    nonisolated func add(_ session: RoomSession) {
        sessions.withLock { $0[session.connection] = session }
        counts.withLock { $0.connections += 1 }
    }

    /// Removes a connection.
    nonisolated func remove(_ session: RoomSession) {
        guard sessions.withLock({ $0.removeValue(forKey: session.connection) }) != nil else { return }
        counts.withLock { $0.connections -= 1 }
    }

    /// Counts a message of a client.
    nonisolated func countMessage() { counts.withLock { $0.messages += 1 } }

    private func remove(_ room: LiveRoom) {
        if rooms[room.id] === room { rooms[room.id] = nil }
        counts.withLock { $0.rooms = rooms.count }
    }

    private func stop() async {
        isStopping = true
        for session in sessions.withLock({ Array($0.values) }) {
            // Spread over five seconds, so that clients do not reconnect all at once.
            session.end(.goingAway, after: Int64.random(in: 0...5000))
        }
        // A connection closes once its last frame is written; after two seconds it is cut off.
        for _ in 0..<100 where counts.withLock({ $0.connections }) > 0 {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Announces regularly that this node is alive, and samples the store's time.
    private func announceRegularly() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(RoomInterval.nodeAnnouncement))
            await announce()
            try? await clock.sample(store)
        }
    }

    private func announce() async {
        try? await store.announce(node: node, lifetime: RoomInterval.nodeLifetime)
    }
}

/// The load of a node.
public struct RoomLoad: Sendable, Hashable {
    /// The number of open rooms.
    public var rooms = 0
    /// The number of connections.
    public var connections = 0
    /// The number of messages of clients since the start.
    public var messages = 0
}
