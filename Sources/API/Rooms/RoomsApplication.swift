public import Hummingbird
internal import HummingbirdCore
public import Logging
public import Telemetry

/// Builds the application of a process that serves rooms alone: their sockets, health and metrics.
/// - Parameters:
///   - door: Lets clients in.
///   - metrics: What `/metrics` shows.
///   - checks: What `/health/ready` asks.
///   - configuration: How to listen.
///   - onServerRunning: Called with the port once connections are accepted.
public func buildRoomsApplication(
    door: RoomEndpoint, metrics: Metrics, checks: [ReadinessCheck], configuration: APIConfiguration, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> Application<EdgeResponder> {
    metrics.observeProcess()
    let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
    addHealthRoutes(to: router, metrics: metrics, checks: checks)
    addSocketRoute(to: router)
    return makeApplication(
        router: router, door: door, metrics: metrics, configuration: configuration, logger: logger,
        onServerRunning: onServerRunning)
}
