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
/// permission checks, the headers for pages of other origins and the tests of the documentation come from this value alone.
///
/// To add a route, add its declaration to the routes of its topic (such as ``webhookRoutes(_:)``), and the schema beside its
/// documents.
struct Route: Sendable {
    /// Groups of routes, in the order of the descriptions.
    enum Tag: String, Sendable, CaseIterable {
        case accounts, videos, rooms, webhooks, uploads, playback, operations, web
    }

    /// What pages of other origins may do with a route (the CORS protocol of the Fetch standard).
    enum Exposure: Sendable {
        /// They may use it: a request is authorised by a token that a page has to know.
        case open
        /// They may use it, and shared caches keep the answers, so headers must not depend on who sends the first request.
        case cached
        /// They may not use it: it is for operators and needs no token.
        case closed
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
    /// What pages of other origins may do with it.
    let exposure: Exposure
    /// Routes of one group have the same CORS headers, because their clients take them for one; else its label.
    private(set) var crossOriginGroup: String
    /// Headers of requests that the handler reads, besides those among the parameters of `operations`.
    let headers: [HTTPField.Name]
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
    ///   - headers: Headers of requests that the handler reads and descriptions leave out.
    ///   - aliases: Operations to describe in place of the one that is given here, for a path with a wildcard.
    ///   - handler: Runs after ``Access/admit``, ``Rate/count`` and ``Body/read``.
    init<Caller: Sendable, Content: Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String?, _ summary: String,
        description: String? = nil, tag: Tag, access: Access<Caller>, rate: Rate<Caller> = .unlimited,
        exposure: Exposure = .open, label: String? = nil, parameters: [Parameter] = [],
        headers: [HTTPField.Name] = [], body: Body<Content>,
        answers: [Answer], problems: [ProblemCode] = [], needsServices: Bool = true, aliases: [Operation]? = nil,
        handler: @escaping @Sendable (Call<Caller, Content>) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.label = label ?? path
        self.tag = tag
        self.access = access.rule
        self.rate = rate.rateClass
        self.exposure = exposure
        crossOriginGroup = self.label
        self.headers = headers
        self.body = body.description
        self.answers = answers
        let codes =
            access.rule.problems + access.problems + body.problems + problems
            + [rate.rateClass.problem].compactMap(\.self)
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
            try await rate.count(caller)
            let content = try await body.read(request, context)
            return try await handler(Call(request: request, context: context, caller: caller, content: content))
        }
    }

    /// Declares a route without a body.
    init<Caller: Sendable>(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String?, _ summary: String,
        description: String? = nil, tag: Tag, access: Access<Caller>, rate: Rate<Caller> = .unlimited,
        exposure: Exposure = .open, label: String? = nil, parameters: [Parameter] = [],
        headers: [HTTPField.Name] = [], answers: [Answer],
        problems: [ProblemCode] = [], needsServices: Bool = true, aliases: [Operation]? = nil,
        handler: @escaping @Sendable (Call<Caller, Void>) async throws -> Response
    ) {
        self.init(
            method, path, operation, summary, description: description, tag: tag, access: access, rate: rate,
            exposure: exposure, label: label, parameters: parameters, headers: headers, body: .none, answers: answers,
            problems: problems, needsServices: needsServices, aliases: aliases, handler: handler)
    }

    /// The same route as one of a group that has the same CORS headers.
    func crossOrigin(as group: String) -> Route {
        var copy = self
        copy.crossOriginGroup = group
        return copy
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
