internal import HTTPTypes

/// What pages of other origins may do (the CORS protocol of the Fetch standard).
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
enum CrossOrigin {
    private static let exposed = [
        "Location", "Upload-Offset", "Upload-Length", "Tus-Version", "Tus-Resumable", "Tus-Max-Size", "Tus-Extension",
        "Tus-Checksum-Algorithm", "Upload-Metadata", "Upload-Defer-Length", "Upload-Concat", "Upload-Expires",
        "Retry-After", "Content-Length", "Content-Range", "ETag", "X-Request-ID",
    ].joined(separator: ", ")

    private static let requestFields = [
        "Authorization", "Content-Type", "Range", "If-None-Match", "If-Range", "Last-Event-ID",
        "X-HTTP-Method-Override", "X-Requested-With", "X-Request-ID", "Tus-Resumable", "Upload-Length",
        "Upload-Offset", "Upload-Metadata", "Upload-Defer-Length", "Upload-Concat", "Upload-Checksum",
    ].joined(separator: ", ")

    private static let exposedOfMedia = "Content-Length, Content-Range, ETag"

    /// Whether a path is for operators only.
    static func isClosed(_ path: String) -> Bool { path == "/metrics" || path.hasPrefix("/health/") }

    /// Adds the headers of every response of an open path.
    /// - Parameters:
    ///   - isMedia: Whether shared caches may keep the response; then its headers must not depend on who requests it first.
    ///   - isCrossOrigin: Whether a page of another origin sends the request.
    static func mark(_ headers: inout HTTPFields, isMedia: Bool, isCrossOrigin: Bool) {
        headers[.accessControlAllowOrigin] = "*"
        if isMedia {
            headers[.accessControlExposeHeaders] = exposedOfMedia
        } else if isCrossOrigin {
            headers[.accessControlExposeHeaders] = exposed
        }
    }

    /// Adds the headers of the response to a browser's preflight request.
    static func allow(_ methods: [HTTPRequest.Method], _ headers: inout HTTPFields) {
        if headers[.accessControlAllowMethods] == nil {
            headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
        }
        headers[.accessControlAllowHeaders] = requestFields
        headers[.accessControlMaxAge] = "86400"
    }
}
