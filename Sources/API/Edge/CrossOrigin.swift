internal import HTTPTypes
internal import Hummingbird
internal import OrderedCollections

/// What pages of other origins may do with some routes (the CORS protocol of the Fetch standard), as their declarations say.
///
/// The API, media and pages are open: requests are authorised by tokens that a page has to know, never by cookies, which
/// browsers would send on their own. Paths for operators are closed, because they need no token.
///
/// Hummingbird's `CORSMiddleware` does not fit here:
/// - It adds headers only to responses to requests with `Origin`. A shared cache would keep a segment that was first
///   requested without `Origin`, and players on other sites could not read it.
/// - It answers every `OPTIONS` request with `Origin` itself: with one list of methods for all paths, also for paths that do
///   not exist, that are closed, or that the server is not asked for under an allowed host.
/// - It sends `Access-Control-Expose-Headers` only in preflight responses, where browsers do not look for it.
struct CrossOrigin: Sendable {
    private let exposure: Route.Exposure
    private let methods: String
    private let requestHeaders: String
    private let exposedHeaders: String

    /// Headers of requests to every route. The edge reads `X-Request-ID`. Clients send the others with all requests: a token
    /// where none is needed, a type without a body, and what some libraries add to tell scripts from forms.
    private static let ofEveryRequest = ["Authorization", "Content-Type", "X-Request-ID", "X-Requested-With"]

    /// Headers of responses to every request; older browsers hide `Content-Length` unless it is named.
    private static let ofEveryResponse = ["X-Request-ID", "Content-Length"]

    /// What holds where no route is: pages may read the problem.
    static let ofNoRoute = CrossOrigin([])

    /// What holds for some routes, which differ in nothing for pages of other origins.
    init(_ routes: [Route]) {
        exposure = routes.first?.exposure ?? .open
        methods = RouteMap.methods(Set(routes.map(\.method.rawValue))).map(\.rawValue).joined(separator: ", ")
        requestHeaders = OrderedSet(Self.ofEveryRequest + routes.flatMap { Self.requestHeaders(of: $0) })
            .joined(separator: ", ")
        let problems = ProblemCode.ofEveryRoute + routes.flatMap(\.problems)
        let headers = routes.flatMap(\.answers).flatMap(\.headers) + problems.flatMap(\.headers)
        exposedHeaders = OrderedSet(Self.ofEveryResponse + headers.map(\.name)).joined(separator: ", ")
    }

    /// The headers that a route reads: its parameters, and the conditions and ranges that its answers tell of.
    private static func requestHeaders(of route: Route) -> [String] {
        let parameters = route.operations.flatMap(\.parameters).filter { $0.place == .header }
        let statuses = Set(route.answers.map(\.status))
        return parameters.map(\.name) + route.headers.map(\.rawName)
            + (statuses.contains(304) ? ["If-None-Match"] : []) + (statuses.contains(206) ? ["Range", "If-Range"] : [])
    }

    /// Adds the headers for pages of other origins to a response.
    func mark(_ headers: inout HTTPFields, of request: Request) {
        guard exposure != .closed else {
            headers[.resourcePolicy] = "same-origin"
            return
        }
        headers[.accessControlAllowOrigin] = "*"
        if exposure == .cached || request.headers[.origin] != nil {
            headers[.accessControlExposeHeaders] = exposedHeaders
        }
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil, !methods.isEmpty else {
            return
        }
        headers[.accessControlAllowMethods] = methods
        headers[.accessControlAllowHeaders] = requestHeaders
        headers[.accessControlMaxAge] = "86400"
    }
}
