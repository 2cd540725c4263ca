internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// The web pages: `index.html` at `/`, `watch.html` at `/watch/{id}`, every other file at its path.
/// - Throws: ``WebFolderError``.
func addWebRoutes(to router: Router<APIContext>, configuration: APIConfiguration) throws {
    guard let root = configuration.webRoot else { return }
    for file in try WebFolder(path: root).files {
        let page = WebPage(file)
        router.get(RouterPath("/" + file.path)) { request, context in try page.response(to: request, context) }
        switch file.path {
        case "index.html": router.get("/") { request, context in try page.response(to: request, context) }
        case "watch.html": router.get("/watch/{id}") { request, context in try page.response(to: request, context) }
        default: break
        }
    }
}

/// A file of the web pages, compressed once.
private struct WebPage: Sendable {
    private let plain: TextAnswer
    private let compressed: ByteBuffer?

    /// What a page may do: its own scripts and styles, media and workers that a player makes in memory, nothing of
    /// others, and no frame around it.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "manifest-src 'self'",
        "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'", "worker-src 'self' blob:",
        "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
    ].joined(separator: "; ")

    init(_ file: WebFolder.File) {
        var headers: HTTPFields = [.referrerPolicy: "same-origin", .resourcePolicy: "same-origin"]
        if file.contentType.hasPrefix("text/html") || file.contentType == "image/svg+xml" {
            headers[.contentSecurityPolicy] = Self.policy
        }
        let isText = !file.contentType.hasPrefix("image/") || file.contentType == "image/svg+xml"
        // Revalidated each time: a name stays the same when its file changes.
        plain = TextAnswer(
            bytes: file.bytes, contentType: file.contentType, cacheControl: "no-cache", headers: headers,
            isCompressible: isText && file.contentType != "font/woff2")
        compressed = plain.isCompressible ? Gzip.compress(file.bytes, level: 9) : nil
    }

    func response(to request: Request, _ context: APIContext) throws -> Response {
        // One name for all files, so that they do not each become a series.
        context.coreContext.endpointPath.value = "/{page}"
        return try plain.response(to: request, compressed: compressed)
    }
}
