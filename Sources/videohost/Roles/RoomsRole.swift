import API
import Accounts
import ArgumentParser
import Logging
import Rooms
import ServiceLifecycle
import Telemetry

/// The lifetime of rooms and the limit of guests.
struct RoomOptions: ParsableArguments {
    @Option(help: "Seconds until an empty room is removed.")
    var roomLifetime: Int64 = 24 * 3600

    @Option(
        help: "Most guests of one address in a room (and four times as many in all rooms of a node); 0: any number.")
    var roomGuestsPerAddress: Int = 100

    func validate() throws {
        // Rooms in use are marked as such once a minute.
        guard (600...31_536_000).contains(roomLifetime) else {
            throw ValidationError("--room-lifetime must be 600…31536000")
        }
        guard (0...RoomLimits.members).contains(roomGuestsPerAddress) else {
            throw ValidationError("--room-guests-per-address must be 0…\(RoomLimits.members)")
        }
    }
}

/// The part of a process that serves rooms.
struct RoomsRole {
    /// Serves the WebSockets of clients.
    let endpoint: RoomEndpoint
    /// The services that the process runs. They end before the server, whose connections they use.
    let services: [any Service]

    init(
        _ backends: Backends, _ options: RoomOptions, accounts: Accounts, metrics: Metrics, logger: Logger
    ) {
        let lifetime = options.roomLifetime * 1000
        let hub = RoomHub(
            node: WorkerName.make(), store: RedisRoomStore(backends.redis, lifetime: lifetime),
            directory: CatalogRoomDirectory(backends.database), guestsPerAddress: options.roomGuestsPerAddress,
            logger: logger)
        endpoint = RoomEndpoint(hub: hub, accounts: accounts, database: backends.database)
        let withdrawals = WithdrawalListener(RedisVideoChanges(backends.redis)) { video in
            // If the message is lost, rooms read the row again within a minute.
            if let video { await hub.recheck(video: video) }
        }
        services = [
            RoomJanitor(database: backends.database, lifetime: lifetime, logger: logger), withdrawals, hub,
        ]
        metrics.observe("videohost_rooms_open", "Rooms that have members on this node.") { Double(hub.load.rooms) }
        metrics.observe("videohost_room_connections", "Connections of members on this node.") {
            Double(hub.load.connections)
        }
        metrics.observe(
            "videohost_room_messages_total", "Messages of members that were read.", kind: .counter
        ) { Double(hub.load.messages) }
    }
}
