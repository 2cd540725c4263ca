internal import Ground
internal import HTTPTypes
public import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1

/// The outermost layer of all requests: gives them ids, turns every error into problem+json, adds the headers that all
/// responses have, counts and logs.
public struct EdgeResponder: HTTPResponder {
    /// The context of a request.
    public typealias Context = APIContext

    private let next: RouterResponder<APIContext>
    private let routes: RouteMap
    private let log: AccessLog
    private let configuration: APIConfiguration
    private let responses: ResponseCache?
    /// Counts the requests of each address where the server is behind proxies.
    private let quota: AddressQuota
    /// Has pages for problems; `nil` without web pages.
    private let site: WebSite?
    /// The largest number of bytes of path and query.
    private static let targetLimit = 8 * 1024

    init(
        next: RouterResponder<APIContext>, routes: RouteMap, log: AccessLog, quota: AddressQuota,
        site: WebSite?, responses: ResponseCache?, configuration: APIConfiguration
    ) {
        self.responses = responses
        self.site = site
        self.configuration = configuration
        self.quota = quota
        self.next = next
        self.routes = routes
        self.log = log
    }

    /// Answers a request; never throws.
    public func respond(to request: Request, context: APIContext) async throws -> Response {
        let context = identified(context, request)
        let entry = log.begin(request, context)
        // Without proxies connections are counted; behind proxies requests are, under the proxy's own address if it sends none.
        let isCounted = configuration.trustedProxies > 0
        let place = isCounted ? quota.take(context.remoteAddress) : nil
        var response =
            if isCounted, place == nil {
                refusal(.tooManyConnections, request, context)
            } else {
                await answer(request, context)
            }
        finish(&response, request, context)
        if let responses {
            responses.sweep()
            if let offer = context.offered, let route = context.endpointPath {
                responses.keep(response, to: request, offered: offer, route: route, in: log)
            }
        }
        response.body = entry.end(response, route: context.endpointPath, keeping: place)
        return response
    }

    /// Takes in a request that makes its connection a WebSocket: identifies and records it like every other request.
    /// - Returns: `nil` if its path is not that of a room's WebSocket.
    func acceptSocket(
        _ head: HTTPRequestHead, on channel: any Channel, _ logger: Logger
    ) throws -> SocketRequest? {
        guard let room = SocketHandshake.room(in: head.uri) else { return nil }
        let request = Request(
            head: try HTTPRequest(head, secure: false, splitCookie: false), body: RequestBody(buffer: ByteBuffer()))
        let source = ApplicationRequestContextSource(channel: channel, logger: logger)
        let context = identified(APIContext(source: source), request)
        _ = log.begin(request, context).end(Response(status: .switchingProtocols), route: SocketHandshake.route)
        return SocketRequest(room: room, context: context)
    }

    /// The context with the request's id and its client's address, in log lines too.
    private func identified(_ context: APIContext, _ request: Request) -> APIContext {
        var context = context
        if let id = RequestID.accepted(request.headers[.requestID]) { context.requestID = id }
        context.forwardedAddress = ForwardedAddress.client(
            request.headers[values: .forwardedFor], behind: configuration.trustedProxies)
        context.bodyPatience = .seconds(configuration.bodySeconds)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = "\(context.requestID)"
        return context
    }

    private func answer(_ request: Request, _ context: APIContext) async -> Response {
        do {
            if (request.head.path ?? "").utf8.count > Self.targetLimit {
                throw Problem(.targetTooLong, detail: "At most \(Self.targetLimit) bytes are accepted.")
            }
            try check(request)
            if let response = try withoutSlash(request) { return response }
            let response = try await next.respond(to: request, context: context)
            if context.endpointPath == "NotFound" { return try unrouted(request) }
            // An error of the framework: the same status as problem+json.
            let isOurs = response.headers[.contentType] == "application/problem+json"
            if response.status.code >= 400, !isOurs, response.body.contentLength == 0, request.method != .head {
                throw Problem.of(response.status)
            }
            return response
        } catch {
            return refusal(Problem(describing: error, context.logger), request, context)
        }
    }

    /// A problem as a page for browsers, else as a document.
    private func refusal(_ problem: Problem, _ request: Request, _ context: APIContext) -> Response {
        let page = wantsPage(request) ? site?.response(to: request, refusedBy: problem, context.logger) : nil
        return page ?? problem.response(requestID: context.requestID)
    }

    /// Refuses targets that are not canonical, hosts that the server does not have, and changes by pages of other sites.
    private func check(_ request: Request) throws {
        let target = request.head.path ?? ""
        if target != "*", let fault = RequestTarget.fault(in: target) { throw Problem.invalidTarget(fault) }
        // Browsers always send a host, so a request without one does not come from a page of another site.
        if let host = request.head.authority.flatMap({ HostName($0) }), !configuration.allowedHosts.allows(host) {
            throw Problem.unknownHost
        }
        if let origin = request.headers[.origin], mayChange(request),
            !configuration.allowedHosts.allowsChanges(from: origin)
        {
            throw Problem.originNotAllowed
        }
    }

    /// Whether a request may change something, opens a WebSocket, or is a browser's preflight for such a request.
    private func mayChange(_ request: Request) -> Bool {
        if SocketHandshake.room(in: request.head.path ?? "") != nil { return true }
        let asked = request.headers[.accessControlRequestMethod].flatMap { HTTPRequest.Method($0) }
        let method = request.method == .options ? asked ?? .options : request.method
        return ![.get, .head, .options, .trace].contains(method)
    }

    /// Redirects from a page's address with a slash at the end to the one without. Routes ignore that slash, but nothing is
    /// served under two addresses.
    private func withoutSlash(_ request: Request) throws -> Response? {
        let path = request.uri.path
        guard path != "/", path.hasSuffix("/") else { return nil }
        let target = (request.head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let page = String(path.dropLast())
        guard isPage(request), routes.methods(of: page).contains(.get) else {
            throw Problem.notFound("Leave out the slash at the end.")
        }
        let query = target.count > 1 ? "?" + target[1] : ""
        return Response(status: .permanentRedirect, headers: [.location: page + query, .cacheControl: "no-store"])
    }

    /// Whether a request is for a page, or for an address that a page could have.
    private func isPage(_ request: Request) -> Bool {
        let path = request.uri.path
        return (request.method == .get || request.method == .head)
            && !["/v/", "/v1/", "/metrics/", "/health/"].contains { (path + "/").hasPrefix($0) }
    }

    /// Whether a browser is to show the response as a page.
    private func wantsPage(_ request: Request) -> Bool {
        isPage(request) && request.headers[.accept]?.contains("text/html") == true
    }

    /// The response where no route has the path and method.
    private func unrouted(_ request: Request) throws -> Response {
        let methods = request.uri.path == "*" ? [.get, .head, .options, .post] : routes.methods(of: request.uri.path)
        guard !methods.isEmpty else { throw Problem.notFound() }
        guard request.method == .options else { throw Problem.methodNotAllowed(methods) }
        return Response(status: .noContent, headers: [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    private func finish(_ response: inout Response, _ request: Request, _ context: APIContext) {
        response.headers[.requestID] = context.requestID
        response.headers[.contentTypeOptions] = "nosniff"
        routes.crossOrigin(of: request.uri.path, label: context.endpointPath).mark(&response.headers, of: request)
        // A 204 has no length (RFC 9110 section 8.6).
        if response.status == .noContent { response.headers[.contentLength] = nil }
        if request.method == .head { response = response.createHeadResponse() }
        // A client that asks for the end of the connection is told of it (RFC 9112 section 9.6); otherwise a proxy may use
        // the connection again.
        let wantsEnd = request.headers[.connection]?.lowercased().contains("close") == true
        if wantsEnd || context.leavesClientWaiting(request) || (response.status.code >= 400 && mayHaveMuchLeft(request))
        {
            response.headers[.connection] = "close"
        }
    }

    /// Whether the rest of a refused request's body may be so long that reading it costs more than a new connection.
    private func mayHaveMuchLeft(_ request: Request) -> Bool {
        if let length = request.headers[.contentLength].flatMap({ Int64($0) }) { return length > 256 * 1024 }
        return request.headers[.transferEncoding] != nil
    }
}
