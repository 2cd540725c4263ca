internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import Pages

/// Which web pages are served, and how they name this server.
public struct WebConfiguration: Sendable {
    /// The folder `web`.
    public var folder: String
    /// Whether the sources are served as they are, and read again for each request.
    public var isDevelopment: Bool
    /// The address under which viewers reach this server: `https://videos.example.org`; `nil` takes it from each request.
    public var publicURL: String?
    /// Which sites may show the pages below `/embed/` in a frame: sources of a Content-Security-Policy.
    public var embedAncestors: String

    /// A configuration.
    public init(
        folder: String, isDevelopment: Bool = false, publicURL: String? = nil, embedAncestors: String = "*"
    ) {
        self.folder = folder
        self.isDevelopment = isDevelopment
        self.publicURL = publicURL
        self.embedAncestors = embedAncestors
    }
}

/// The web pages as responses.
struct WebSite: Sendable {
    let pages: Pages
    private let configuration: WebConfiguration
    private let trustedProxies: Int
    private let texts = CompressedTexts(limit: 8 << 20)

    /// Reads the pages.
    /// - Parameter trustedProxies: The number of reverse proxies; with some, their `X-Forwarded-Proto` is used.
    /// - Throws: `PagesError`.
    init(_ configuration: WebConfiguration, trustedProxies: Int) throws {
        pages = try Pages(folder: configuration.folder, isDevelopment: configuration.isDevelopment)
        self.configuration = configuration
        self.trustedProxies = trustedProxies
    }

    /// Whether the sources are served as they are.
    var isDevelopment: Bool { configuration.isDevelopment }

    /// The address under which a request reaches this server, without a slash at its end; `nil` for a request without a host.
    func origin(of request: Request) -> String? {
        if let url = configuration.publicURL { return url }
        guard let host = request.head.authority, HostName(host) != nil else { return nil }
        let isSecure = trustedProxies > 0 && request.headers[.forwardedProtocol] == "https"
        return (isSecure ? "https://" : "http://") + host.lowercased()
    }

    /// A page.
    /// - Parameters:
    ///   - data: What the page's module starts with.
    ///   - status: With any but 200, caches do not store the page.
    func response(
        to request: Request, _ page: Page, data: EmbeddedJSON = .empty, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let language = pages.language(
            chosen: Self.cookie("language", request), preferences: request.headers[.acceptLanguage])
        let html = ByteBuffer(
            bytes: try pages.render(page, data: data, in: language, origin: origin(of: request)))
        let text = TextResponse(
            bytes: html, contentType: "text/html; charset=utf-8",
            cacheControl: status == .ok ? "no-cache" : "no-store",
            headers: [
                .referrerPolicy: page.isInFrame ? "strict-origin-when-cross-origin" : "same-origin",
                .contentSecurityPolicy: policy(isInFrame: page.isInFrame), .contentLanguage: language.code,
            ])
        var response = try text.response(to: request, compressing: texts)
        if status != .ok {
            response = Response(status: status, headers: text.headers, body: ResponseBody(byteBuffer: html))
            response.headers[.contentType] = text.contentType
            response.headers[.cacheControl] = text.cacheControl
        }
        response.headers[.vary] = "Accept-Encoding, Accept-Language, Cookie"
        return response
    }

    /// The page that says why there is no other.
    /// - Returns: `nil` for a problem that only programs meet.
    func response(to request: Request, refusedBy problem: Problem, _ logger: Logger) -> Response? {
        guard let failure = PageFailure(problem) else { return nil }
        let isInFrame = request.uri.path.hasPrefix("/embed/")
        do {
            var response = try response(to: request, .failure(failure, inFrame: isInFrame), status: problem.status)
            for field in problem.headers { response.headers[field.name] = field.value }
            return response
        } catch {
            logger.error("page failed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Only own scripts and styles, media and workers that a player creates in memory, no script or HTML made of a string;
    /// frames of other sites only where `isInFrame`.
    private func policy(isInFrame: Bool) -> String {
        [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "font-src 'self'", "manifest-src 'self'",
            "img-src 'self' data: blob:", "media-src 'self' blob:", "connect-src 'self'", "worker-src 'self' blob:",
            "base-uri 'none'", "form-action 'self'",
            "frame-ancestors \(isInFrame ? configuration.embedAncestors : "'none'")", "object-src 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ].joined(separator: "; ")
    }

    /// The value of a cookie (RFC 6265 section 5.4); at most 4096 bytes are read.
    private static func cookie(_ name: String, _ request: Request) -> String? {
        let text = request.headers[values: .cookie].joined(separator: "; ")
        guard text.utf8.count <= 4096 else { return nil }
        for pair in text.split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }
}

extension Page {
    /// Whether other sites may show the page in a frame.
    fileprivate var isInFrame: Bool {
        switch self {
        case .embed: true
        case .failure(_, let inFrame): inFrame
        case .start, .watch, .blocked, .room: false
        }
    }
}

extension PageFailure {
    /// Why a page is refused; `nil` for a problem that browsers do not meet when they open one.
    fileprivate init?(_ problem: Problem) {
        switch (problem.code, problem.status.code) {
        case (.videoNotFound, _): self = .noVideo
        case (.roomNotFound, _): self = .noRoom
        case (.videoBlocked, _): self = .blocked
        case (_, 400), (_, 414): self = .badRequest
        case (_, 403): self = .forbidden
        case (_, 404): self = .notFound
        case (_, 410): self = .gone
        case (_, 429): self = .tooMany
        case (_, 500): self = .failure
        case (_, 503): self = .unavailable
        default: return nil
        }
    }
}
