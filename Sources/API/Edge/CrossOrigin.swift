internal import HTTPTypes

/// What pages of other origins may do (the Fetch standard's CORS protocol).
///
/// The API, media and pages are open: requests are authorised by tokens that a page has to know, never by cookies that a
/// browser sends by itself. What is for operators is not: it has no tokens.
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

    /// Whether a path is of use to operators alone.
    static func isClosed(_ path: String) -> Bool { path == "/metrics" || path.hasPrefix("/health/") }

    /// Headers of every answer of an open path.
    /// - Parameters:
    ///   - isMedia: Media may be kept by shared caches, so their headers must not depend on who asked first.
    ///   - isCrossOrigin: Whether a page of another origin asks.
    static func mark(_ headers: inout HTTPFields, isMedia: Bool, isCrossOrigin: Bool) {
        headers[.accessControlAllowOrigin] = "*"
        if isMedia {
            headers[.accessControlExposeHeaders] = exposedOfMedia
        } else if isCrossOrigin {
            headers[.accessControlExposeHeaders] = exposed
        }
    }

    /// Headers of the answer to a browser that asks before it sends.
    static func allow(_ methods: [HTTPRequest.Method], _ headers: inout HTTPFields) {
        if headers[.accessControlAllowMethods] == nil {
            headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
        }
        headers[.accessControlAllowHeaders] = requestFields
        headers[.accessControlMaxAge] = "86400"
    }
}
