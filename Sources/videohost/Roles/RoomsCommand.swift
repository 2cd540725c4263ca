import API
import Accounts
import ArgumentParser
import Telemetry

/// Serves the WebSockets of rooms; any number of processes may run behind a load balancer.
struct RoomsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rooms", abstract: "Serve the rooms in which people watch together.",
        discussion: """
            Any number may run on the same database and Redis. A load balancer may send each socket \
            (/v1/rooms/ID/ws) to any of them; everything else goes to videohost api.
            """)

    @OptionGroup var backends: BackendOptions

    @Option(help: "The address to listen on.")
    var host: String = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port: Int = 8081

    @Option(help: "Most connections at a time.")
    var connections: Int = 20_000

    @OptionGroup var clients: ClientOptions
    @OptionGroup var rooms: RoomOptions
    @OptionGroup var log: LogOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be 0…65535") }
        guard (1...1_000_000).contains(connections) else { throw ValidationError("--connections must be 1…1000000") }
        try clients.checkHosts(listeningOn: host)
    }

    func run() async throws {
        let logger = log.bootstrap()
        try backends.requireShared(for: "rooms", store: false)
        try await ProcessLifecycle.run(backends, schema: .check, port: port, logger: logger) { backends, _ in
            let metrics = Metrics()
            let accounts = Accounts(database: backends.database, store: RedisSessionStore(backends.redis))
            let role = RoomsRole(
                backends, rooms, accounts: accounts, metrics: metrics, logger: logger)
            var configuration = APIConfiguration(host: host, port: port, maximumConnections: connections)
            clients.apply(to: &configuration)
            let shown = host.contains(":") ? "[\(host)]" : host
            let application = buildRoomsApplication(
                rooms: role.endpoint, metrics: metrics,
                checks: [.database(backends), .redis(backends)],
                configuration: configuration, logger: logger
            ) { port in
                Announcement.print("videohost: rooms on http://\(shown):\(port)")
            }
            return [AccountsService(accounts: accounts), application] + role.services
        }
    }
}
