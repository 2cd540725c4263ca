internal import Catalog
internal import Ground
public import Logging
public import ServiceLifecycle
internal import Synchronization

/// All rooms that have members on this node.
///
/// A node is one of any number: rooms depend on none of them. Run it as a service beside the server that takes connections.
public actor RoomHub: Service {
    /// This node's name among all.
    public nonisolated let node: String
    /// The time that all nodes agree on.
    public nonisolated let clock: SharedClock
    nonisolated let directory: any RoomDirectory
    nonisolated let store: any RoomStore
    nonisolated let addresses: AddressLimits
    private let logger: Logger
    private let warnings: ThrottledWarnings
    private var rooms: [String: LiveRoom] = [:]
    private var isStopping = false
    private let newcomers: AsyncStream<LiveRoom>
    private let start: AsyncStream<LiveRoom>.Continuation
    private nonisolated let counts = Mutex(RoomLoad())
    /// Rooms that are none, until when that is believed.
    private let unknown = BoundedCache<String, Int64>(capacity: 1024)
    /// All connections, in a room or not yet.
    private nonisolated let sessions = Mutex<[String: RoomSession]>([:])

    /// Most rooms that wait to be opened.
    private static let openingLimit = 4096
    /// For how many milliseconds a room is remembered to be none.
    private static let unknownLifetime: Int64 = 5_000

    /// A node.
    /// - Parameters:
    ///   - node: Its name; must be its own.
    ///   - guestsPerAddress: Most guests of one address in a room, half as many more members of the address in all, and a
    ///     quarter of the guests in all rooms of the node; 0 for any number. An address is the /64 of an IPv6 one.
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
        (newcomers, start) = AsyncStream.makeStream(
            of: LiveRoom.self, bufferingPolicy: .bufferingOldest(Self.openingLimit))
    }

    /// What this node has to do.
    public nonisolated var load: RoomLoad { counts.withLock { $0 } }

    /// Runs all rooms until the process stops; then sends everybody to other nodes.
    public func run() async throws {
        await seeTime()
        await announce()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat() }
            await withGracefulShutdownHandler {
                for await room in newcomers {
                    group.addTask {
                        await room.run()
                        await self.forget(room)
                    }
                }
            } onGracefulShutdown: {
                self.start.finish()
            }
            await stop()
            group.cancelAll()
        }
    }

    /// The room with this name, on this node; nothing is made for one that is none.
    /// - Throws: ``RoomFault/roomNotFound``, ``RoomFault/unavailable``.
    func room(_ id: String) async throws(RoomFault) -> LiveRoom {
        guard !isStopping else { throw .unavailable }
        if let room = rooms[id] {
            if await !room.isOver { return room }
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
        guard case .enqueued = start.yield(room) else { throw .unavailable }
        rooms[id] = room
        counts.withLock { $0.rooms = rooms.count }
        return room
    }

    /// Looks at once at the rooms here that play a video, because it may not be watched any more.
    public func reconsider(video: String) async {
        for room in Array(rooms.values) where await room.state?.playback.video.id == video { await room.reconsider() }
    }

    /// Finds out whether a room is one.
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

    nonisolated func add(_ session: RoomSession) {
        sessions.withLock { $0[session.connection] = session }
        counts.withLock { $0.connections += 1 }
    }

    nonisolated func remove(_ session: RoomSession) {
        guard sessions.withLock({ $0.removeValue(forKey: session.connection) }) != nil else { return }
        counts.withLock { $0.connections -= 1 }
    }

    nonisolated func countMessage() { counts.withLock { $0.messages += 1 } }

    private func forget(_ room: LiveRoom) {
        if rooms[room.id] === room { rooms[room.id] = nil }
        counts.withLock { $0.rooms = rooms.count }
    }

    private func stop() async {
        isStopping = true
        for session in sessions.withLock({ Array($0.values) }) {
            // Not all at the same moment.
            session.end(.goingAway, after: Int64.random(in: 0...5000))
        }
        // Connections close once their goodbye is written; what takes longer is cut off.
        for _ in 0..<100 where counts.withLock({ $0.connections }) > 0 {
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Says that this node lives, and looks at the time, again and again.
    private func beat() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(RoomPace.nodeBeat))
            await announce()
            try? await clock.look(at: store)
        }
    }

    private func announce() async {
        try? await store.announce(node: node, lifetime: RoomPace.nodeLifetime)
    }

    private func seeTime() async {
        for _ in 0..<8 { try? await clock.look(at: store) }
    }
}

/// What a node has to do.
public struct RoomLoad: Sendable, Hashable {
    /// Rooms that have members here.
    public var rooms = 0
    /// Connections of members.
    public var connections = 0
    /// Messages of members since the start.
    public var messages = 0
}
