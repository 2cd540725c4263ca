internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import SQL
internal import Webhooks

/// Where creators say what they want to be told of, and look at what they were told.
func addWebhookRoutes(to router: Router<APIContext>, services: Services) {
    let routes = WebhookRoutes(services: services)
    router.post("/v1/webhooks") { request, context in try await routes.create(request, context) }
    router.get("/v1/webhooks") { request, _ in try await routes.list(request) }
    router.delete("/v1/webhooks/{id}") { request, context in try await routes.delete(request, context) }
    router.post("/v1/webhooks/{id}/test") { request, context in try await routes.test(request, context) }
    router.get("/v1/webhooks/{id}/deliveries") { request, context in try await routes.deliveries(request, context) }
    router.post("/v1/webhooks/{id}/deliveries/{delivery}/redeliver") { request, context in
        try await routes.redeliver(request, context)
    }
}

/// The routes under `/v1/webhooks`. What belongs to others is not there.
struct WebhookRoutes: Sendable {
    let services: Services

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await services.requireUser(request)
        let settings = services.webhooks
        var body = try await JSONObjectBody(request, context)
        let url = body.text("url", length: 1...EndpointURL.limit) { text in
            do throws(EndpointURL.Fault) {
                _ = try EndpointURL(text, allowsPlain: settings.allowsPlain, addresses: settings.addresses)
                return nil
            } catch { return (error.rawValue, error.detail(allowsPlain: settings.allowsPlain)) }
        }
        let names = body.optionalTexts("events", from: WebhookEvent.choices.map(\.rawValue))
        try body.finish()
        let now = services.clock.now()
        let events = names.map { names in WebhookEvent.choices.filter { names.contains($0.rawValue) } }
        let endpoint = Endpoint(
            id: Identifier.make(prefix: .webhook, at: now), userID: user, url: url, secret: Signature.makeSecret(),
            events: events ?? WebhookEvent.choices, createdAt: now)
        guard try await services.database.transaction({ try Endpoints.insert(endpoint, in: $0) }) else {
            throw Problem.conflict(
                "too_many_webhooks", "The account has as many endpoints as it may have",
                detail: "At most \(Endpoints.limit); delete one first.")
        }
        return try JSONOutput.response(
            WebhookDocument(endpoint, showsSecret: true), status: .created,
            headers: [.location: "/v1/webhooks/\(endpoint.id)"])
    }

    func list(_ request: Request) async throws -> Response {
        let user = try await services.requireUser(request)
        let endpoints = try await services.database.read { try Endpoints.list(user: user, in: $0) }
        return try JSONOutput.response(WebhookList(data: endpoints.map { WebhookDocument($0) }))
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let endpoint = try await owned(request, context)
        guard try await services.database.transaction({ try Endpoints.delete(endpoint.id, in: $0) }) else {
            throw Problem.noWebhook
        }
        return Response(status: .noContent)
    }

    func test(_ request: Request, _ context: APIContext) async throws -> Response {
        let endpoint = try await enabled(request, context)
        let now = services.clock.now()
        let delivery = try await services.database.transaction { connection in
            try Self.count(endpoint.userID, at: now, in: connection)
            return try Deliveries.find(id: try Outbox.test(endpoint, at: now, in: connection), in: connection)
        }
        guard let delivery else { throw Problem.noWebhook }
        return try JSONOutput.response(DeliveryDocument(delivery), status: .accepted)
    }

    func deliveries(_ request: Request, _ context: APIContext) async throws -> Response {
        let endpoint = try await owned(request, context)
        let query = try PageQuery(request.uri.queryParameters, prefix: .delivery)
        let found = try await services.database.read {
            try Deliveries.list(webhook: endpoint.id, before: query.cursor, limit: query.limit + 1, in: $0)
        }
        let page = Array(found.prefix(query.limit))
        return try JSONOutput.response(
            DeliveryPage(
                data: page.map { DeliveryDocument($0) },
                page: .init(next: found.count > page.count ? page.last?.id : nil, limit: query.limit)))
    }

    func redeliver(_ request: Request, _ context: APIContext) async throws -> Response {
        let endpoint = try await enabled(request, context)
        guard let id = context.parameters.get("delivery"), Identifier.isValid(id, prefix: .delivery) else {
            throw Problem.noDelivery
        }
        let now = services.clock.now()
        let (delivery, isTaken) = try await services.database.transaction { connection -> (Delivery?, Bool) in
            guard let delivery = try Deliveries.find(id: id, in: connection), delivery.webhookID == endpoint.id else {
                return (nil, false)
            }
            let isTaken = try Deliveries.redeliver(id, at: now, in: connection)
            if isTaken { try Self.count(endpoint.userID, at: now, in: connection) }
            return (try Deliveries.find(id: id, in: connection), isTaken)
        }
        guard let delivery else { throw Problem.noDelivery }
        guard isTaken else {
            throw Problem.conflict("delivery_pending", "The delivery has not ended yet", detail: "It is sent anyway.")
        }
        return try JSONOutput.response(DeliveryDocument(delivery), status: .accepted)
    }

    /// Counts a delivery that an account asks for itself.
    /// - Throws: ``Problem`` with 429, which undoes the caller's transaction.
    private static func count(_ user: String, at now: Int64, in connection: any SQLConnection) throws {
        guard let wait = try ManualDeliveries.count(user: user, at: now, in: connection) else { return }
        throw Problem(
            .tooManyRequests, "rate_limited", "Too many deliveries were asked for",
            detail: "At most \(ManualDeliveries.limit) in \(ManualDeliveries.window / 60_000) minutes."
        ).retryAfter(Int((wait + 999) / 1000))
    }

    private func enabled(_ request: Request, _ context: APIContext) async throws -> Endpoint {
        let endpoint = try await owned(request, context)
        guard endpoint.disabledAt == nil else {
            throw Problem.conflict(
                "webhook_disabled", "The endpoint is told no more", detail: "Delete it and register it again.")
        }
        return endpoint
    }

    private func owned(_ request: Request, _ context: APIContext) async throws -> Endpoint {
        let user = try await services.requireUser(request)
        guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .webhook),
            let endpoint = try await services.database.read({ try Endpoints.find(id: id, in: $0) }),
            endpoint.userID == user
        else { throw Problem.noWebhook }
        return endpoint
    }
}

extension Problem {
    /// 404: no such endpoint of this account.
    static var noWebhook: Problem { Problem(.notFound, "webhook_not_found", "There is no such webhook") }
    /// 404: no such delivery to this endpoint.
    static var noDelivery: Problem { Problem(.notFound, "delivery_not_found", "There is no such delivery") }
}

extension EndpointURL.Fault {
    /// One sentence for whoever sent the URL.
    fileprivate func detail(allowsPlain: Bool) -> String {
        switch self {
        case .malformed: "Must be a URL: https://host[:port]/path."
        case .scheme: allowsPlain ? "Must start with https:// or http://." : "Must start with https://."
        case .credentials: "Must have no user name or password."
        case .address: "Must lead to a public address."
        }
    }
}
