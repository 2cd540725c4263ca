public import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import Telemetry

/// How the server listens and what it serves.
public struct APIConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// The folder with the web pages; `nil` serves none.
    public var webRoot: String?
    /// Most connections at a time; more wait to be accepted.
    public var maximumConnections: Int
    /// Seconds without a byte after which a connection ends, between requests or within one's body.
    public var idleSeconds: Int64
    /// Longest time that a player is kept waiting for a segment that is not made yet.
    public var segmentPatience: Duration
    /// Leaves objects' bodies to a reverse proxy that reads the store's folder; `nil` sends them.
    public var accelRedirect: AccelRedirect?
    /// How many reverse proxies of one's own each request comes through; their `X-Forwarded-For` is believed.
    public var trustedProxies: Int

    /// A configuration with the usual limits.
    public init(
        host: String = "127.0.0.1", port: Int = 8080, webRoot: String? = nil, maximumConnections: Int = 4096,
        idleSeconds: Int64 = 75, segmentPatience: Duration = .seconds(8), accelRedirect: AccelRedirect? = nil,
        trustedProxies: Int = 0
    ) {
        self.host = host
        self.port = port
        self.webRoot = webRoot
        self.maximumConnections = maximumConnections
        self.idleSeconds = idleSeconds
        self.segmentPatience = segmentPatience
        self.accelRedirect = accelRedirect
        self.trustedProxies = trustedProxies
    }
}

/// Builds the HTTP application: a `Service` for the program's group.
/// - Parameters:
///   - services: What routes work with.
///   - door: Lets clients into rooms; `nil` where others do.
///   - configuration: How to listen.
///   - logger: Takes one line a request.
///   - onServerRunning: Called with the port once connections are accepted.
/// - Throws: If the folder with the web pages cannot be read.
public func buildApplication(
    services: Services, door: RoomDoor? = nil, configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> Application<EdgeResponder> {
    services.metrics.observeProcess()
    return makeApplication(
        router: try makeRouter(services: services, configuration: configuration), door: door,
        metrics: services.metrics, configuration: configuration, logger: logger, onServerRunning: onServerRunning)
}

/// What all applications have in common: the edge around the routes, and the limits of connections.
func makeApplication(
    router: Router<APIContext>, door: RoomDoor?, metrics: Metrics, configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void
) -> Application<EdgeResponder> {
    let routes = RouteMap(router.routes.map { ($0.path.description, $0.method) })
    let edge = EdgeResponder(
        next: router.buildResponder(), routes: routes, record: RequestRecord(metrics, routes: routes),
        trustedProxies: configuration.trustedProxies)
    let requests = HTTP1Channel.Configuration(
        additionalChannelHandlers: [ConnectionGuard()],
        idleTimeout: .seconds(configuration.idleSeconds),
        // Room for any honest client; a head beyond it is answered with 431.
        httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 128))
    let server = HTTPServerBuilder { responder in
        let channel = HTTP1Channel(responder: responder, configuration: requests)
        guard let door else { return channel }
        return RoomServer(requests: channel, rooms: door, idleTimeout: .seconds(configuration.idleSeconds))
    }
    return Application(
        responder: edge, server: server,
        configuration: .init(
            address: .hostname(configuration.host, port: configuration.port), serverName: "videohost", backlog: 1024,
            availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: logger)),
        onServerRunning: { await onServerRunning($0.localAddress?.port ?? configuration.port) },
        logger: logger)
}
