internal import HTTPTypes
public import Hummingbird
internal import Logging
internal import NIOHTTP1

/// The outermost layer: names requests, turns every error into problem+json, adds the headers that all answers have,
/// counts and logs.
public struct EdgeResponder: HTTPResponder {
    /// What requests carry.
    public typealias Context = APIContext

    private let next: RouterResponder<APIContext>
    private let routes: RouteMap
    private let record: AccessLog
    private let configuration: APIConfiguration
    /// Counts the requests of each client behind proxies.
    private let quota: AddressQuota
    /// What people see where there is nothing; `nil` without web pages.
    private let missingPage: FixedText?
    /// Most bytes of path and query.
    private static let targetLimit = 8 * 1024

    init(
        next: RouterResponder<APIContext>, routes: RouteMap, record: AccessLog, quota: AddressQuota,
        missingPage: FixedText?, configuration: APIConfiguration
    ) {
        self.missingPage = missingPage
        self.configuration = configuration
        self.quota = quota
        self.next = next
        self.routes = routes
        self.record = record
    }

    /// Answers a request; never throws.
    public func respond(to request: Request, context: APIContext) async throws -> Response {
        var context = context
        if let name = RequestID.accepted(request.headers[.requestID]) { context.requestID = name }
        context.forwardedAddress = ForwardedAddress.client(
            request.headers[values: .forwardedFor], behind: configuration.trustedProxies)
        context.bodyPatience = .seconds(configuration.bodySeconds)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = "\(context.requestID)"
        let entry = record.begin(request, context)
        // Without proxies connections are counted; with them, requests: under the proxy's own address where it tells none.
        let isCounted = configuration.trustedProxies > 0
        let place = isCounted ? quota.take(context.remoteAddress) : nil
        var response =
            if isCounted, place == nil {
                Problem.tooManyConnections.response(requestID: context.requestID)
            } else {
                await answer(request, context)
            }
        finish(&response, request, context)
        response.body = entry.end(response, route: context.endpointPath, keeping: place)
        return response
    }

    private func answer(_ request: Request, _ context: APIContext) async -> Response {
        do {
            if (request.head.path ?? "").utf8.count > Self.targetLimit {
                throw Problem(
                    .uriTooLong, "target_too_long", "The address is too long",
                    detail: "At most \(Self.targetLimit) bytes are taken.")
            }
            try check(request)
            if let response = try withoutSlash(request) { return response }
            let response = try await next.respond(to: request, context: context)
            if context.endpointPath == "NotFound" { return try unrouted(request) }
            // An error of the framework's own: the same status in our form.
            let isOurs = response.headers[.contentType] == "application/problem+json"
            if response.status.code >= 400, !isOurs, response.body.contentLength == 0, request.method != .head {
                throw Problem(status: response.status)
            }
            return response
        } catch {
            let problem = Problem(describing: error, context.logger)
            if problem.code == "not_found", let missingPage, wantsPage(request) { return missingPage.missing() }
            return problem.response(requestID: context.requestID)
        }
    }

    /// Refuses what is asked for under another name than the one that it has, and changes that pages of others ask for.
    private func check(_ request: Request) throws {
        let target = request.head.path ?? ""
        if target != "*", let fault = RequestTarget.fault(in: target) { throw Problem.invalidTarget(fault) }
        // Browsers always name a host; without one it is no page of another site that asks.
        if let host = request.head.authority.flatMap({ HostName($0) }), !configuration.allowedHosts.allows(host) {
            throw Problem.unknownHost
        }
        if let origin = request.headers[.origin], mayChange(request),
            !configuration.allowedHosts.allowsChanges(from: origin)
        {
            throw Problem.originNotAllowed
        }
    }

    /// Whether a request may change something, or asks for a browser whether such a request may be sent.
    private func mayChange(_ request: Request) -> Bool {
        let asked = request.headers[.accessControlRequestMethod].flatMap { HTTPRequest.Method($0) }
        let method = request.method == .options ? asked ?? .options : request.method
        return ![.get, .head, .options, .trace].contains(method)
    }

    /// Sends who asks for a page to its address; routes ignore a slash at the end, but nothing has two addresses.
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

    /// Whether a request is for a page, or for what could be one.
    private func isPage(_ request: Request) -> Bool {
        let path = request.uri.path
        return (request.method == .get || request.method == .head)
            && !["/v/", "/v1/", "/metrics/", "/health/"].contains { (path + "/").hasPrefix($0) }
    }

    /// Whether somebody looks at the answer in a browser's window.
    private func wantsPage(_ request: Request) -> Bool {
        isPage(request) && request.headers[.accept]?.contains("text/html") == true
    }

    /// The answer where no route has path and method.
    private func unrouted(_ request: Request) throws -> Response {
        let methods = request.uri.path == "*" ? [.get, .head, .options, .post] : routes.methods(of: request.uri.path)
        guard !methods.isEmpty else { throw Problem.notFound() }
        guard request.method == .options else { throw Problem.methodNotAllowed(methods) }
        return Response(status: .noContent, headers: [.allow: methods.map(\.rawValue).joined(separator: ", ")])
    }

    private func finish(_ response: inout Response, _ request: Request, _ context: APIContext) {
        response.headers[.requestID] = context.requestID
        response.headers[.contentTypeOptions] = "nosniff"
        let path = request.uri.path
        if CrossOrigin.isClosed(path) {
            response.headers[.resourcePolicy] = "same-origin"
        } else {
            CrossOrigin.mark(
                &response.headers, isMedia: path.hasPrefix("/v/"), isCrossOrigin: request.headers[.origin] != nil)
            if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
                CrossOrigin.allow(routes.methods(of: path), &response.headers)
            }
        }
        // A 204 has no length (RFC 9110 section 8.6).
        if response.status == .noContent { response.headers[.contentLength] = nil }
        if request.method == .head { response = response.createHeadResponse() }
        // Who asked for the end of the connection is told of it (RFC 9112 section 9.6), else a proxy may use it again.
        // After a request for another protocol, which nobody speaks here, the decoder reads no more requests.
        let wantsEnd =
            request.headers[.connection]?.lowercased().contains("close") == true || request.headers[.upgrade] != nil
        if wantsEnd || context.leavesClientWaiting(request) || (response.status.code >= 400 && mayHaveMuchLeft(request))
        {
            response.headers[.connection] = "close"
        }
    }

    /// Whether a refused request's body may be long: reading it to its end only to reach the next request is waste.
    private func mayHaveMuchLeft(_ request: Request) -> Bool {
        if let length = request.headers[.contentLength].flatMap({ Int64($0) }) { return length > 256 * 1024 }
        return request.headers[.transferEncoding] != nil
    }
}
