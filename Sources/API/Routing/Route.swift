internal import HTTPTypes
internal import Hummingbird

/// A request that was let in, with what its route's declaration promises the handler.
struct Call<Caller: Sendable, Content: Sendable>: Sendable {
    /// The request.
    let request: Request
    /// What is known of the request besides itself.
    let context: APIContext
    /// What ``Access`` has found: nothing, the user, or the thing that the user owns.
    let caller: Caller
    /// What ``Body`` has read.
    let content: Content
}

/// A route of the API, declared whole: the router, `Allow`, the descriptions (OpenAPI, Postman), the labels of metrics, the
/// permission checks and the tests of the documentation come from this value alone.
///
/// To add a route, add its declaration to the routes of its topic (such as ``webhookRoutes(_:)``), and the schema beside its
/// documents.
struct Route: Sendable {
    /// Groups of routes, in the order of the descriptions.
    enum Tag: String, Sendable, CaseIterable {
        case accounts, videos, rooms, webhooks, uploads, playback, operations, web
    }

    /// How often a client may call a route, beyond the limits of connections.
    enum RateClass: Sendable {
        /// As often as it likes.
        case unlimited
        /// Counted by address and account until it is known whether the password is right.
        case signIn
        /// Counted by address.
        case registration
        /// Counted by account: tests and redeliveries of webhooks.
        case manualDeliveries

        /// The code of a request that exceeds the limit.
        var problem: ProblemCode? {
            switch self {
            case .unlimited: nil
            case .signIn: .tooManyAttempts
            case .registration: .tooManyRegistrations
            case .manualDeliveries: .rateLimited
            }
        }
    }

    /// An operation as descriptions show it.
    struct Operation: Sendable {
        /// The path with its parameters: `/v1/videos/{id}`.
        let path: String
        /// The operation's identifier, unique among all.
        let id: String
        /// What it does, in a few words.
        let summary: String
        /// What else there is to know.
        let description: String?
        /// The parameters of the request: path, query and headers.
        let parameters: [Parameter]
    }

    /// The method; a route of GET answers HEAD too.
    let method: HTTPRequest.Method
    /// The path as the router takes it: `/v1/videos/{id}`.
    let path: String
    /// The label of metrics and the name in access logs.
    let label: String
    /// The group of routes.
    let tag: Tag
    /// Who may call it.
    let access: AccessRule
    /// How often it may be called.
    let rate: RateClass
    /// Whether sending the same request twice has the effect of sending it once.
    let isIdempotent: Bool
    /// The body of requests.
    let body: BodyDescription?
    /// Answers that are not problems.
    let answers: [Answer]
    /// Codes that the route's problems may have, besides ``ProblemCode/ofEveryRoute``.
    let problems: [ProblemCode]
    /// How descriptions show the route; none for routes that are not part of the described API.
    let operations: [Operation]
    /// Answers a request.
    var respond: @Sendable (Request, APIContext) async throws -> Response

    /// Declares a route.
    /// - Parameters:
    ///   - operation: The identifier in descriptions; `nil` leaves the route out of them.
    ///   - label: `nil` for the path.
    ///   - needsServices: Whether something that the route needs may fail to answer (503 `unavailable`).
    ///   - isIdempotent: `nil` for what the method says (RFC 9110 section 9.2.2).
    ///   - aliases: Operations to describe in place of the one that is given here, for a path with a wildcard.
    ///   - handler: Runs after ``Access/admit`` and ``Body/read``.
    init<Caller: Sendable, Content: Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String?, _ summary: String,
        description: String? = nil, tag: Tag, access: Access<Caller>, rate: RateClass = .unlimited,
        isIdempotent: Bool? = nil, label: String? = nil, parameters: [Parameter] = [], body: Body<Content>,
        answers: [Answer], problems: [ProblemCode] = [], needsServices: Bool = true, aliases: [Operation]? = nil,
        handler: @escaping @Sendable (Call<Caller, Content>) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.label = label ?? path
        self.tag = tag
        self.access = access.rule
        self.rate = rate
        self.isIdempotent = isIdempotent ?? ![.post, .patch].contains(method)
        self.body = body.description
        self.answers = answers
        let codes =
            access.rule.problems + access.problems + body.problems + problems + [rate.problem].compactMap(\.self)
            + (needsServices ? [.unavailable] : [])
        self.problems = ProblemCode.allCases.filter { codes.contains($0) }
        let own = operation.map {
            Operation(
                path: path, id: $0, summary: summary, description: description,
                parameters: access.parameters + parameters)
        }
        operations = aliases ?? [own].compactMap(\.self)
        respond = { request, context in
            let caller = try await access.admit(request, context)
            let content = try await body.read(request, context)
            return try await handler(Call(request: request, context: context, caller: caller, content: content))
        }
    }

    /// Declares a route without a body.
    init<Caller: Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String?, _ summary: String,
        description: String? = nil, tag: Tag, access: Access<Caller>, rate: RateClass = .unlimited,
        isIdempotent: Bool? = nil, label: String? = nil, parameters: [Parameter] = [], answers: [Answer],
        problems: [ProblemCode] = [], needsServices: Bool = true, aliases: [Operation]? = nil,
        handler: @escaping @Sendable (Call<Caller, Void>) async throws -> Response
    ) {
        self.init(
            method, path, operation, summary, description: description, tag: tag, access: access, rate: rate,
            isIdempotent: isIdempotent, label: label, parameters: parameters, body: .none, answers: answers,
            problems: problems, needsServices: needsServices, aliases: aliases, handler: handler)
    }
}

extension Router<APIContext> {
    /// A router for declared routes.
    convenience init(_ routes: [Route]) {
        self.init(context: APIContext.self, options: [.autoGenerateHeadEndpoints])
        for route in routes {
            let label = route.label == route.path ? nil : route.label
            on(RouterPath(route.path), method: route.method) { request, context in
                if let label { context.coreContext.endpointPath.value = label }
                return try await route.respond(request, context)
            }
        }
    }
}
