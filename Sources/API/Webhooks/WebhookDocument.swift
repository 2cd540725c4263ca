internal import Ground
internal import Telemetry
internal import Webhooks

/// An endpoint as the API tells of it.
struct WebhookDocument: Encodable, Sendable {
    /// Why it is told no more.
    struct Disabled: Encodable, Sendable {
        var reason: String
        var at: String
    }

    var id: String
    var url: String
    var events: [String]
    var createdAt: String
    var disabled: Disabled?
    /// The key of the signatures; in the answer to its making, and never again.
    var secret: String?

    init(_ endpoint: Endpoint, showsSecret: Bool = false) {
        id = endpoint.id
        url = endpoint.url
        events = endpoint.events.map(\.rawValue)
        createdAt = Timestamp(endpoint.createdAt).rfc3339
        if let time = endpoint.disabledAt {
            disabled = Disabled(reason: endpoint.disabledReason ?? "", at: Timestamp(time).rfc3339)
        }
        secret = showsSecret ? endpoint.secret : nil
    }
}

/// A delivery as the API tells of it.
struct DeliveryDocument: Encodable, Sendable {
    var id: String
    var event: String
    var state: String
    var attempts: Int
    var nextAttemptAt: String?
    var lastStatus: Int?
    var lastError: String?
    var createdAt: String
    var deliveredAt: String?

    init(_ delivery: Delivery) {
        id = delivery.id
        event = delivery.event.rawValue
        state = delivery.state.rawValue
        attempts = delivery.attempts
        nextAttemptAt = delivery.state == .waiting ? Timestamp(delivery.nextAttemptAt).rfc3339 : nil
        lastStatus = delivery.lastStatus
        lastError = delivery.lastError
        createdAt = Timestamp(delivery.createdAt).rfc3339
        deliveredAt = delivery.deliveredAt.map { Timestamp($0).rfc3339 }
    }
}

/// All endpoints of an account.
struct WebhookList: Encodable, Sendable {
    var data: [WebhookDocument]
}

/// A page of deliveries.
struct DeliveryPage: Encodable, Sendable {
    struct Page: Encodable, Sendable {
        var next: String?
        var limit: Int

        private enum Key: CodingKey { case next, limit }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Key.self)
            // `null` on the last page, as in every list.
            try fields.encode(next, forKey: .next)
            try fields.encode(limit, forKey: .limit)
        }
    }

    var data: [DeliveryDocument]
    var page: Page
}
