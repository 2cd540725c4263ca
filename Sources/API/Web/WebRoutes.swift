internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import SQL

/// The web pages: `index.html` at `/`, `watch.html` at `/watch/{id}`, every other file at its path. They are not part of
/// the described API.
/// - Throws: ``WebFolderError``.
func webRoutes(_ services: Services, configuration: APIConfiguration) throws -> [Route] {
    guard let root = configuration.webRoot else { return [] }
    return try WebFolder(path: root).files.filter { $0.path != MissingPage.name }.flatMap { file in
        let page = WebPage(file)
        let own = webRoute("/" + file.path) { call in try page.response(to: call.request) }
        switch file.path {
        case "index.html": return [own, webRoute("/") { call in try page.response(to: call.request) }]
        case "watch.html":
            let watch = webRoute("/watch/{id}") { call in
                let exists = await services.hasVideo(call.context.parameters.get("id"))
                return try page.response(to: call.request, exists: exists)
            }
            return [own, watch]
        default: return [own]
        }
    }
}

private func webRoute(
    _ path: String, handler: @escaping @Sendable (Call<Void, Void>) async throws -> Response
) -> Route {
    // One label for all files, so that they do not each become a time series.
    Route(
        .get, path, nil, "A page", tag: .web, access: .anyone, label: "/{page}",
        answers: [.body(["text/html"], .text(), "The page."), .notModified], problems: [.notFound],
        needsServices: false,
        handler: handler)
}

/// The page that people see where nothing exists.
enum MissingPage {
    /// Its file in the folder with the web pages; the file has no address of its own.
    static let name = "not-found.html"

    /// Reads the page.
    /// - Returns: `nil` without web pages, or without this one.
    static func text(_ configuration: APIConfiguration) throws -> FixedText? {
        guard let root = configuration.webRoot else { return nil }
        return try WebFolder(path: root).files.first { $0.path == name }.map { WebPage($0).text }
    }
}

extension Services {
    /// Whether the video exists; `true` if the database does not answer, as the page then finds out more.
    fileprivate func hasVideo(_ id: String?) async -> Bool {
        guard let id, Identifier.isValid(id, prefix: .video) else { return false }
        do { return try await database.read { try Videos.find(id: id, in: $0) } != nil } catch { return true }
    }
}

/// A file of the web pages.
private struct WebPage: Sendable {
    let text: FixedText

    /// The content security policy: only own scripts and styles, media and workers that a player creates in memory, and
    /// no framing.
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

    /// - Parameter exists: Whether what the page shows exists; if not, the page itself says so, with 404.
    func response(to request: Request, exists: Bool = true) throws -> Response {
        exists ? try text.response(to: request) : text.missing()
    }
}
