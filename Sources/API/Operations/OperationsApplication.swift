public import Hummingbird
public import Logging
public import Telemetry

/// Builds the small application of a process that serves no API: health and metrics.
/// - Parameters:
///   - metrics: What `/metrics` shows.
///   - checks: What `/health/ready` asks.
///   - onServerRunning: Called with the port once connections are accepted.
public func buildOperationsApplication(
    metrics: Metrics, checks: [ReadinessCheck], host: String, port: Int, logger: Logger,
    onServerRunning: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
    metrics.observeProcess()
    let router = Router(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
    addHealthRoutes(to: router, metrics: metrics, checks: checks)
    return Application(
        router: router,
        configuration: .init(address: .hostname(host, port: port), serverName: "videohost"),
        onServerRunning: { await onServerRunning($0.localAddress?.port ?? port) }, logger: logger)
}
