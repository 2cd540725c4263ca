internal import Ground
public import Hummingbird
internal import HummingbirdCore
public import Logging
public import Telemetry

/// How the server listens and what it serves.
public struct APIConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port; 0 takes a free one.
    public var port: Int
    /// The web pages; `nil` serves none.
    public var web: WebConfiguration?
    /// Most connections at a time; more wait to be accepted.
    public var maximumConnections: Int
    /// Seconds without a byte after which a connection ends, between requests or within one's body.
    public var idleSeconds: Int64
    /// Longest time that a request waits for a segment that does not exist yet.
    public var segmentPatience: Duration
    /// Leaves objects' bodies to a reverse proxy that reads the store's folder; `nil` sends them.
    public var accelRedirect: AccelRedirect?
    /// The number of trusted reverse proxies in front of the server; their `X-Forwarded-For` is used.
    public var trustedProxies: Int
    /// Most connections of an address at a time; behind proxies, most requests at a time and sockets.
    public var connectionsPerAddress: Int
    /// The host names that the server accepts.
    public var allowedHosts: AllowedHosts
    /// Seconds within which a head must be complete, counted from its first byte.
    public var headSeconds: Int64
    /// Seconds within which a JSON body must be complete.
    public var bodySeconds: Int64

    /// A configuration with the usual limits.
    public init(
        host: String = "127.0.0.1", port: Int = 8080, web: WebConfiguration? = nil, maximumConnections: Int = 4096,
        idleSeconds: Int64 = 75, segmentPatience: Duration = .seconds(8), accelRedirect: AccelRedirect? = nil,
        trustedProxies: Int = 0, connectionsPerAddress: Int = 512, allowedHosts: AllowedHosts = .any,
        headSeconds: Int64 = 20, bodySeconds: Int64 = 30
    ) {
        self.host = host
        self.port = port
        self.web = web
        self.maximumConnections = maximumConnections
        self.idleSeconds = idleSeconds
        self.segmentPatience = segmentPatience
        self.accelRedirect = accelRedirect
        self.trustedProxies = trustedProxies
        self.connectionsPerAddress = connectionsPerAddress
        self.allowedHosts = allowedHosts
        self.headSeconds = headSeconds
        self.bodySeconds = bodySeconds
    }
}

/// Builds the HTTP application: a `Service` for the program's group.
/// - Parameters:
///   - services: What routes work with.
///   - rooms: Serves WebSockets of rooms; `nil` where other processes do.
///   - configuration: How to listen.
///   - logger: Takes one line a request.
///   - onServerRunning: Called with the port once connections are accepted.
/// - Throws: `PagesError` if the web pages cannot be read.
public func buildApplication(
    services: Services, rooms: RoomEndpoint? = nil, configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> Application<EdgeResponder> {
    services.metrics.observeProcess()
    let site = try configuration.web.map { try WebSite($0, trustedProxies: configuration.trustedProxies) }
    return makeApplication(
        routes: apiRoutes(services, site: site, configuration: configuration), rooms: rooms, site: site,
        responses: services.responses, metrics: services.metrics, configuration: configuration, logger: logger,
        onServerRunning: onServerRunning)
}

/// Builds the application of a process that serves rooms only: their WebSockets, health and metrics.
/// - Parameters:
///   - rooms: Serves the WebSockets.
///   - metrics: What `/metrics` shows.
///   - checks: What `/health/ready` checks.
///   - configuration: How to listen.
///   - onServerRunning: Called with the port once connections are accepted.
public func buildRoomsApplication(
    rooms: RoomEndpoint, metrics: Metrics, checks: [ReadinessCheck], configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> Application<EdgeResponder> {
    metrics.observeProcess()
    return makeApplication(
        routes: operationRoutes(metrics: metrics, checks: checks) + [socketRoute], rooms: rooms, metrics: metrics,
        configuration: configuration, logger: logger, onServerRunning: onServerRunning)
}

/// Builds what all applications have in common: the edge around the routes, and the limits of connections.
func makeApplication(
    routes: [Route], rooms: RoomEndpoint?, site: WebSite? = nil, responses: ResponseCache? = nil, metrics: Metrics,
    configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void
) -> Application<EdgeResponder> {
    let map = RouteMap(routes)
    let quota = AddressQuota(limit: configuration.connectionsPerAddress)
    metrics.observe(
        "videohost_http_address_refusals_total",
        "Connections and requests that were refused because their address had too many.", kind: .counter
    ) { Double(quota.refused) }
    let log = AccessLog(metrics, routes: map)
    let edge = EdgeResponder(
        next: Router(routes).buildResponder(), routes: map, log: log, quota: quota, site: site, responses: responses,
        configuration: configuration)
    let cached = responses.map { CachedResponder(cache: $0, log: log, quota: quota, configuration: configuration) }
    let server = HTTPServerBuilder { responder in
        UpgradableHTTPChannel(
            responder: responder, edge: edge, cached: cached, rooms: rooms, quota: quota, configuration: configuration)
    }
    return Application(
        responder: edge, server: server,
        configuration: .init(
            address: .hostname(configuration.host, port: configuration.port), serverName: serverName, backlog: 1024,
            availableConnectionsDelegate: .maximum(configuration.maximumConnections, logger: logger)),
        onServerRunning: { await onServerRunning($0.localAddress?.port ?? configuration.port) },
        logger: logger)
}

/// Builds the application of a process that serves only health and metrics.
/// - Parameters:
///   - metrics: What `/metrics` shows.
///   - checks: What `/health/ready` checks.
///   - configuration: How to listen.
///   - onServerRunning: Called with the port once connections are accepted.
public func buildOperationsApplication(
    metrics: Metrics, checks: [ReadinessCheck], configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> Application<EdgeResponder> {
    metrics.observeProcess()
    return makeApplication(
        routes: operationRoutes(metrics: metrics, checks: checks), rooms: nil, metrics: metrics,
        configuration: configuration, logger: logger,
        onServerRunning: onServerRunning)
}

/// All routes of a process that serves the API. A new group of routes adds one line here.
/// - Parameter site: The web pages; `nil` where there are none.
func apiRoutes(_ services: Services, site: WebSite? = nil, configuration: APIConfiguration) -> [Route] {
    let reader = VideoReader(services)
    let described =
        accountRoutes(services) + videoRoutes(services, reader: reader) + captionRoutes(services)
        + roomRoutes(services) + webhookRoutes(services) + [directUploadRoute(services, reader: reader)]
        + tusRoutes(services) + [mediaRoute(services, configuration: configuration)]
        + [oEmbedRoute(reader: reader, site: site)]
        + operationRoutes(metrics: services.metrics, checks: services.checks)
    return described + descriptionRoutes(of: described)
        + (site.map { webRoutes(services, reader: reader, site: $0) } ?? [])
}
