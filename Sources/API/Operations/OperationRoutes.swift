internal import HTTPTypes
internal import Hummingbird
internal import Ingest
internal import NIOCore
internal import Telemetry

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Health, metrics and the description of the API.
func addOperationRoutes(to router: Router<APIContext>, services: Services) {
    let description = FixedText(
        TextResponse(
            bytes: APIDescription.bytes(maximumUpload: services.uploads.configuration.maximumByteCount),
            contentType: "application/json", cacheControl: "no-cache"))
    addHealthRoutes(to: router, metrics: services.metrics, checks: services.checks)

    router.get("/v1/openapi.json") { request, _ in try description.response(to: request) }
}

/// What a load balancer and Prometheus ask of every process.
func addHealthRoutes(to router: Router<APIContext>, metrics: Metrics, checks: [ReadinessCheck]) {
    router.get("/health/live") { _, _ in
        try JSONOutput.response(Health(status: "ok", checks: nil))
    }

    let readiness = Readiness(checks)
    router.get("/health/ready") { _, context in
        let outcomes = await readiness.outcomes(context.logger)
        let isReady = outcomes.values.allSatisfy { $0 == "ok" }
        return try JSONOutput.response(
            Health(status: isReady ? "ok" : "unavailable", checks: outcomes),
            status: isReady ? .ok : .serviceUnavailable)
    }

    router.get("/metrics") { _, _ in
        Response(
            status: .ok, headers: [.contentType: Metrics.contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
    }
}

private struct Health: Encodable {
    var status: String
    var checks: [String: String]?
}
