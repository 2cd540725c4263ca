public import Hummingbird
public import Logging
public import Telemetry

/// Builds the small application of a process that serves no API: health and metrics.
/// - Parameters:
///   - metrics: What `/metrics` shows.
///   - checks: What `/health/ready` asks.
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
