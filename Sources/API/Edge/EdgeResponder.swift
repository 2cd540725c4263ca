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
    private let record: RequestRecord
    private let trustedProxies: Int
    /// Most bytes of path and query.
    private static let targetLimit = 8 * 1024

    init(next: RouterResponder<APIContext>, routes: RouteMap, record: RequestRecord, trustedProxies: Int) {
        self.trustedProxies = trustedProxies
        self.next = next
        self.routes = routes
        self.record = record
    }

    /// Answers a request; never throws.
    public func respond(to request: Request, context: APIContext) async throws -> Response {
        var context = context
        if let name = RequestName.accepted(request.headers[.requestID]) { context.requestID = name }
        context.forwardedAddress = ForwardedAddress.client(
            request.headers[values: .forwardedFor], behind: trustedProxies)
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request.id"] = "\(context.requestID)"
        let entry = record.begin(request, context)
        var response = await answer(request, context)
        finish(&response, request, context)
        response.body = entry.end(response, route: context.endpointPath)
        return response
    }

    private func answer(_ request: Request, _ context: APIContext) async -> Response {
        do {
            if (request.head.path ?? "").utf8.count > Self.targetLimit {
                throw Problem(
                    .uriTooLong, "target_too_long", "The address is too long",
                    detail: "At most \(Self.targetLimit) bytes are taken.")
            }
            let response = try await next.respond(to: request, context: context)
            if context.endpointPath == "NotFound" { return try unrouted(request) }
            // An error of the framework's own: the same status in our form.
            let isOurs = response.headers[.contentType] == "application/problem+json"
            if response.status.code >= 400, !isOurs, response.body.contentLength == 0, request.method != .head {
                throw Problem(status: response.status)
            }
            return response
        } catch {
            return Problem(describing: error, context.logger).response(requestID: context.requestID)
        }
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
        CrossOrigin.mark(
            &response.headers, isMedia: request.uri.path.hasPrefix("/v/"),
            isCrossOrigin: request.headers[.origin] != nil)
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            CrossOrigin.allow(routes.methods(of: request.uri.path), &response.headers)
        }
        // A 204 has no length (RFC 9110 section 8.6).
        if response.status == .noContent { response.headers[.contentLength] = nil }
        if request.method == .head { response = response.createHeadResponse() }
        // Who asked for the end of the connection is told of it (RFC 9112 section 9.6), else a proxy may use it again.
        let wantsEnd = request.headers[.connection]?.lowercased().contains("close") == true
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
