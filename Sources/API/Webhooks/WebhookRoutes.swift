internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import SQL
internal import Webhooks

/// Registering endpoints for webhooks, and looking at what was sent to them.
func webhookRoutes(_ services: Services) -> [Route] {
    let handlers = WebhookHandlers(services: services)
    return [
        Route(
            .post, "/v1/webhooks", "createWebhook", "Register an endpoint that is told of changes of one's videos",
            tag: .webhooks, access: .user(services),
            body: .json(NewWebhook.self) { NewWebhook(&$0, settings: services.webhooks) },
            answers: [
                .json(
                    201, WebhookResponse.self, "The endpoint, with its secret, which is not shown again.",
                    headers: [.location])
            ],
            problems: [.tooManyWebhooks], handler: handlers.create),
        Route(
            .get, "/v1/webhooks", "listWebhooks", "List one's endpoints, oldest first", tag: .webhooks,
            access: .user(services), answers: [.json(WebhookList.self, "All of them.")], handler: handlers.list),
        Route(
            .delete, "/v1/webhooks/{id}", "deleteWebhook", "Remove an endpoint with its deliveries", tag: .webhooks,
            access: .webhookOwner(services), answers: [.empty("The endpoint is removed.")],
            handler: handlers.delete),
        Route(
            .post, "/v1/webhooks/{id}/test", "testWebhook", "Send the event `webhook.test`", tag: .webhooks,
            access: .webhookOwner(services), rate: .manualDeliveries(services),
            answers: [.json(202, DeliveryResponse.self, "The delivery that is sent next.")],
            problems: [.webhookDisabled], handler: handlers.test),
        Route(
            .get, "/v1/webhooks/{id}/deliveries", "listDeliveries", "List an endpoint's deliveries, newest first",
            tag: .webhooks, access: .webhookOwner(services), parameters: PageQuery.parameters(.delivery),
            answers: [.json(DeliveryPage.self, "A page.")], problems: [.validationFailed],
            handler: handlers.deliveries),
        Route(
            .post, "/v1/webhooks/{id}/deliveries/{delivery}/redeliver", "redeliver",
            "Send a delivery that has ended once more", tag: .webhooks, access: .webhookOwner(services),
            rate: .manualDeliveries(services), parameters: [.identifier("delivery", .delivery, "The delivery.")],
            answers: [.json(202, DeliveryResponse.self, "The delivery, waiting again.")],
            problems: [.deliveryNotFound, .deliveryPending, .webhookDisabled], handler: handlers.redeliver),
    ]
}

extension Access where Caller == Endpoint {
    /// The owner of the endpoint in the path; to others it does not exist.
    fileprivate static func webhookOwner(_ services: Services) -> Access {
        Access(
            .owner(refusal: .webhookNotFound), parameters: [.identifier(.webhook, "The webhook.")]
        ) { request, context in
            let user = try await services.requireUser(request)
            guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .webhook),
                let endpoint = try await services.database.read({ try Endpoints.find(id: id, in: $0) }),
                endpoint.userID == user
            else { throw Problem(.webhookNotFound) }
            return endpoint
        }
    }
}

extension Rate where Caller == Endpoint {
    /// Tests and redeliveries of all of an account's endpoints together.
    fileprivate static func manualDeliveries(_ services: Services) -> Rate {
        Rate(.manualDeliveries) { endpoint in
            let now = services.clock.now()
            let wait = try await services.database.transaction {
                try ManualDeliveries.count(user: endpoint.userID, at: now, in: $0)
            }
            guard let wait else { return }
            throw Problem(
                .rateLimited,
                detail: "At most \(ManualDeliveries.limit) in \(ManualDeliveries.window / 60_000) minutes."
            ).retryAfter(Int((wait + 999) / 1000))
        }
    }
}

/// The handlers of the routes under `/v1/webhooks`.
private struct WebhookHandlers: Sendable {
    let services: Services

    @Sendable func create(_ call: Call<String, NewWebhook>) async throws -> Response {
        let now = services.clock.now()
        let endpoint = Endpoint(
            id: Identifier.make(prefix: .webhook, at: now), userID: call.caller, url: call.content.url,
            secret: Signature.makeSecret(), events: call.content.events, createdAt: now)
        guard try await services.database.transaction({ try Endpoints.insert(endpoint, in: $0) }) else {
            throw Problem(.tooManyWebhooks, detail: "At most \(Endpoints.limit); delete one first.")
        }
        return try JSONOutput.response(
            WebhookResponse(endpoint, showsSecret: true), status: .created,
            headers: [.location: "/v1/webhooks/\(endpoint.id)"])
    }

    @Sendable func list(_ call: Call<String, Void>) async throws -> Response {
        let endpoints = try await services.database.read { try Endpoints.list(user: call.caller, in: $0) }
        return try JSONOutput.response(WebhookList(data: endpoints.map { WebhookResponse($0) }))
    }

    @Sendable func delete(_ call: Call<Endpoint, Void>) async throws -> Response {
        let id = call.caller.id
        guard try await services.database.transaction({ try Endpoints.delete(id, in: $0) }) else {
            throw Problem(.webhookNotFound)
        }
        return Response(status: .noContent)
    }

    @Sendable func test(_ call: Call<Endpoint, Void>) async throws -> Response {
        let endpoint = try enabled(call.caller)
        let now = services.clock.now()
        let delivery = try await services.database.transaction { connection in
            try Deliveries.find(id: try Outbox.test(endpoint, at: now, in: connection), in: connection)
        }
        guard let delivery else { throw Problem(.webhookNotFound) }
        return try JSONOutput.response(DeliveryResponse(delivery), status: .accepted)
    }

    @Sendable func deliveries(_ call: Call<Endpoint, Void>) async throws -> Response {
        let query = try PageQuery(call.request.uri.queryParameters, prefix: .delivery)
        let found = try await services.database.read {
            try Deliveries.list(webhook: call.caller.id, before: query.cursor, limit: query.limit + 1, in: $0)
        }
        let page = Array(found.prefix(query.limit))
        return try JSONOutput.response(
            DeliveryPage(
                data: page.map { DeliveryResponse($0) },
                page: .init(next: found.count > page.count ? page.last?.id : nil, limit: query.limit)))
    }

    @Sendable func redeliver(_ call: Call<Endpoint, Void>) async throws -> Response {
        let endpoint = try enabled(call.caller)
        guard let id = call.context.parameters.get("delivery"), Identifier.isValid(id, prefix: .delivery) else {
            throw Problem(.deliveryNotFound)
        }
        let now = services.clock.now()
        let (delivery, isTaken) = try await services.database.transaction { connection -> (Delivery?, Bool) in
            guard let delivery = try Deliveries.find(id: id, in: connection), delivery.webhookID == endpoint.id else {
                return (nil, false)
            }
            let isTaken = try Deliveries.redeliver(id, at: now, in: connection)
            return (try Deliveries.find(id: id, in: connection), isTaken)
        }
        guard let delivery else { throw Problem(.deliveryNotFound) }
        guard isTaken else { throw Problem(.deliveryPending, detail: "It will be sent without this request.") }
        return try JSONOutput.response(DeliveryResponse(delivery), status: .accepted)
    }

    private func enabled(_ endpoint: Endpoint) throws -> Endpoint {
        guard endpoint.disabledAt == nil else {
            throw Problem(.webhookDisabled, detail: "Delete it and register it again.")
        }
        return endpoint
    }
}
