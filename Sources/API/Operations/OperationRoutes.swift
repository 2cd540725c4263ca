internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Telemetry

/// Health and metrics, which load balancers and Prometheus ask every process for.
func operationRoutes(metrics: Metrics, checks: [ReadinessCheck]) -> [Route] {
    let readiness = Readiness(checks)
    return [
        Route(
            .get, "/health/live", "live", "Whether the program runs", tag: .operations, access: .anyone,
            exposure: .closed, answers: [.json(Health.self, "It runs.")], needsServices: false
        ) { _ in try JSONOutput.response(Health(status: "ok", checks: nil)) },
        Route(
            .get, "/health/ready", "ready", "Whether everything that the program needs answers", tag: .operations,
            access: .anyone, exposure: .closed,
            answers: [
                .json(Health.self, "Everything answers."),
                .json(503, Health.self, "Something does not answer; `checks` says what."),
            ], needsServices: false
        ) { call in
            let outcomes = await readiness.outcomes(call.context.logger)
            let isReady = outcomes.values.allSatisfy { $0 == "ok" }
            return try JSONOutput.response(
                Health(status: isReady ? "ok" : "unavailable", checks: outcomes),
                status: isReady ? .ok : .serviceUnavailable)
        },
        Route(
            .get, "/metrics", "metrics", "Metrics for Prometheus", tag: .operations, access: .anyone, exposure: .closed,
            answers: [.body(["text/plain"], .text(), "Text format 0.0.4.")], needsServices: false
        ) { _ in
            Response(
                status: .ok, headers: [.contentType: Metrics.contentType, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
        },
    ]
}

/// The descriptions of all routes: OpenAPI for programs, a collection for Postman.
/// - Parameter routes: Every other route of the API.
func descriptionRoutes(of routes: [Route]) -> [Route] {
    // The two routes describe themselves too, so what they answer is put together after they are declared.
    let declared = routes + [openAPIRoute(nil), postmanRoute(nil)]
    let openAPI = FixedText(json: OpenAPIDocument.json(of: declared))
    let postman = FixedText(json: PostmanCollection.json(of: declared))
    return [openAPIRoute(openAPI), postmanRoute(postman)]
}

private func openAPIRoute(_ text: FixedText?) -> Route {
    Route(
        .get, "/v1/openapi.json", "openapi", "This description, in OpenAPI 3.1", tag: .operations, access: .anyone,
        answers: [.body(["application/json"], .anyObject, "OpenAPI 3.1.", headers: [.entityTag]), .notModified],
        needsServices: false
    ) { call in
        guard let text else { throw Problem.notFound() }
        return try text.response(to: call.request)
    }
}

private func postmanRoute(_ text: FixedText?) -> Route {
    Route(
        .get, "/v1/postman.json", "postman", "The API as a collection for Postman", tag: .operations,
        access: .anyone,
        answers: [
            .body(["application/json"], .anyObject, "A collection of format 2.1.", headers: [.entityTag]), .notModified,
        ],
        needsServices: false
    ) { call in
        guard let text else { throw Problem.notFound() }
        return try text.response(to: call.request)
    }
}

extension FixedText {
    fileprivate init(json: JSONNode) {
        self.init(TextResponse(bytes: json.bytes, contentType: "application/json", cacheControl: "no-cache"))
    }
}

/// The health of the program.
private struct Health: Encodable, DescribedDocument {
    let status: String
    let checks: [String: String]?

    static let schemaName = "Health"
    static let schema = Schema.object([
        .required("status", .choice(["ok", "unavailable"])),
        .optional("checks", .map(.choice(["ok", "failed", "timeout"]))),
    ])
}
