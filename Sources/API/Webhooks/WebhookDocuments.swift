internal import Catalog
internal import Ground
internal import Webhooks

/// What a client sends to register an endpoint.
struct NewWebhook: DescribedDocument, Sendable {
    let url: String
    /// What the endpoint is told of.
    let events: [WebhookEvent]

    /// - Parameter settings: Which URLs are allowed.
    init(_ fields: inout JSONObjectBody, settings: WebhookSettings) {
        url = fields.text("url", length: 1...EndpointURL.limit) { text in
            do throws(EndpointURL.Fault) {
                _ = try EndpointURL(text, allowsPlain: settings.allowsPlain, addresses: settings.addresses)
                return nil
            } catch { return FieldFault(error.code, error.detail(allowsPlain: settings.allowsPlain)) }
        }
        let names = fields.optionalTexts("events", from: WebhookEvent.choices.map(\.rawValue))
        events = WebhookEvent.choices.filter { names?.contains($0.rawValue) ?? true }
    }

    static let schemaName = "NewWebhook"
    static let schema = Schema.object([
        .required(
            "url",
            .text(
                "An https URL without user name, password or fragment. The server accepts more forms than this pattern.",
                length: 1...EndpointURL.limit,
                pattern: #"^https://([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?\.){1,3}[a-z]{2,12}(:[1-9][0-9]{0,3})?"#
                    + "(/[A-Za-z0-9._~-]{1,60}){0,4}$")),
        .optional(
            "events",
            .list(
                .choice(WebhookEvent.choices.map(\.rawValue)), count: 1...WebhookEvent.choices.count,
                "What the endpoint is told of; everything if absent."
            ).with(["uniqueItems": true])),
    ])
    static let example: JSONNode? = ["url": "https://example.org/hooks", "events": ["video.ready"]]
}

extension EndpointURL.Fault {
    /// The code of the field `url`.
    fileprivate var code: FieldCode {
        switch self {
        case .malformed: .invalidURL
        case .scheme: .schemeNotAllowed
        case .credentials: .credentialsNotAllowed
        case .address: .addressNotAllowed
        }
    }

    /// What is wrong with the URL, in one sentence for the client.
    fileprivate func detail(allowsPlain: Bool) -> String {
        switch self {
        case .malformed: "Must be a URL: https://host[:port]/path."
        case .scheme: allowsPlain ? "Must start with https:// or http://." : "Must start with https://."
        case .credentials: "Must have no user name or password."
        case .address: "Must lead to a public address."
        }
    }
}

/// An endpoint as the API shows it.
struct WebhookResponse: Encodable, Sendable {
    /// Why the endpoint is disabled, and since when.
    struct Disabled: Encodable, Sendable {
        let reason: String
        let at: String
    }

    let id: String
    let url: String
    let events: [String]
    let createdAt: String
    let disabled: Disabled?
    /// The key of the signatures, only in the answer to the registration.
    let secret: String?

    init(_ endpoint: Endpoint, showsSecret: Bool = false) {
        id = endpoint.id
        url = endpoint.url
        events = endpoint.events.map(\.rawValue)
        createdAt = Timestamp(endpoint.createdAt).rfc3339
        disabled = endpoint.disabledAt.map {
            Disabled(reason: endpoint.disabledReason ?? "", at: Timestamp($0).rfc3339)
        }
        secret = showsSecret ? endpoint.secret : nil
    }
}

extension WebhookResponse: DescribedDocument {
    static let schemaName = "Webhook"
    static let schema = Schema.object([
        .required("id", .identifier(.webhook)), .required("url", .text()),
        .required(
            "events",
            .list(.choice(WebhookEvent.choices.map(\.rawValue)), atMost: WebhookEvent.choices.count)),
        .required("createdAt", .time),
        .optional(
            "disabled",
            .object(
                [.required("reason", .choice(["gone", "failing"])), .required("at", .time)],
                "Present once nothing more is sent to the endpoint.")),
        .optional("secret", .text("The key of the signatures; only in the answer to the registration.")),
    ])
}

/// All endpoints of an account.
struct WebhookList: Encodable, Sendable, DescribedDocument {
    let data: [WebhookResponse]

    static let schemaName = "WebhookList"
    static let schema = Schema.object([
        .required("data", .list(.of(WebhookResponse.self), atMost: Endpoints.limit))
    ])
}

/// A delivery as the API shows it.
struct DeliveryResponse: Encodable, Sendable {
    let id: String
    let event: String
    let state: String
    let attempts: Int
    let nextAttemptAt: String?
    let lastStatus: Int?
    let lastError: String?
    let createdAt: String
    let deliveredAt: String?

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

extension DeliveryResponse: DescribedDocument {
    static let schemaName = "Delivery"
    static let schema = Schema.object([
        .required("id", .identifier(.delivery)), .required("event", .choice(WebhookEvent.self)),
        .required("state", .choice(Delivery.State.self)), .required("attempts", .integer(atLeast: 0)),
        .optional("nextAttemptAt", .time), .optional("lastStatus", .integer(atLeast: 200, atMost: 999)),
        .optional("lastError", .text()), .required("createdAt", .time), .optional("deliveredAt", .time),
    ])
}

/// A page of deliveries.
struct DeliveryPage: Encodable, Sendable, DescribedDocument {
    let data: [DeliveryResponse]
    let page: PageLink

    static let schemaName = "DeliveryPage"
    static let schema = Schema.page(of: DeliveryResponse.self)
}
