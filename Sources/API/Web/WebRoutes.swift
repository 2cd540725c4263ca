internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SQL

/// The web pages: `index.html` at `/`, `watch.html` at `/watch/{id}`, every other file at its path.
/// - Throws: ``WebFolderError``.
func addWebRoutes(to router: Router<APIContext>, services: Services, configuration: APIConfiguration) throws {
    guard let root = configuration.webRoot else { return }
    for file in try WebFolder(path: root).files {
        if file.path == MissingPage.name { continue }
        let page = WebPage(file)
        router.get(RouterPath("/" + file.path)) { request, context in try page.response(to: request, context) }
        switch file.path {
        case "index.html": router.get("/") { request, context in try page.response(to: request, context) }
        case "watch.html":
            router.get("/watch/{id}") { request, context in
                let exists = await services.hasVideo(context.parameters.get("id"))
                return try page.response(to: request, context, exists: exists)
            }
        default: break
        }
    }
}

/// What people see where there is nothing.
enum MissingPage {
    /// Its file in the folder with the web pages; it has no address.
    static let name = "not-found.html"

    /// Reads it.
    /// - Returns: `nil` without web pages, or without this one.
    static func text(_ configuration: APIConfiguration) throws -> FixedText? {
        guard let root = configuration.webRoot else { return nil }
        return try WebFolder(path: root).files.first { $0.path == name }.map { WebPage($0).text }
    }
}

extension Services {
    /// Whether there is a video to watch. Where that cannot be found out there may be one: the page tells more.
    fileprivate func hasVideo(_ id: String?) async -> Bool {
        guard let id, Identifier.isValid(id, prefix: .video) else { return false }
        do { return try await database.read { try Videos.find(id: id, in: $0) } != nil } catch { return true }
    }
}

/// A file of the web pages.
private struct WebPage: Sendable {
    let text: FixedText

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
        text = FixedText(
            TextResponse(
                bytes: file.bytes, contentType: file.contentType, cacheControl: "no-cache", headers: headers,
                isCompressible: isText && file.contentType != "font/woff2"))
    }

    /// - Parameter exists: Whether what the page shows is there; if not, the page itself says so, with 404.
    func response(to request: Request, _ context: APIContext, exists: Bool = true) throws -> Response {
        // One name for all files, so that they do not each become a series.
        context.coreContext.endpointPath.value = "/{page}"
        return exists ? try text.response(to: request) : text.missing()
    }
}
