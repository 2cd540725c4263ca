internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Pages
internal import Rooms
internal import SQL

/// The web pages and what they load. They are not part of the described API.
func webRoutes(_ services: Services, reader: VideoReader, site: WebSite) -> [Route] {
    let handlers = PageHandlers(services: services, reader: reader, site: site)
    let pages = [
        webRoute("/", site, handlers.start), webRoute("/watch/{id}", site, handlers.watch),
        webRoute("/embed/{id}", site, handlers.embed), webRoute("/room.html", site, handlers.room),
    ]
    return pages + (site.isDevelopment ? sourceRoutes(site) : [assetRoute(site)])
}

/// A page; where it is refused, whoever asks gets a page that says so. All have one label, so that they do not each become a time
/// series.
private func webRoute(
    _ path: String, _ site: WebSite, _ handler: @escaping @Sendable (Call<Void, Void>) async throws -> Response
) -> Route {
    Route(
        .get, path, nil, "A page", tag: .web, access: .anyone, label: "/{page}",
        answers: [.body(["text/html"], .text(), "The page."), .notModified],
        problems: [.videoNotFound, .videoBlocked, .roomNotFound]
    ) { call in
        do { return try await handler(call) } catch {
            let problem = Problem(describing: error, call.context.logger)
            guard let page = site.response(to: call.request, refusedBy: problem, call.context.logger) else {
                throw problem
            }
            return page
        }
    }
}

/// The built files. Their names change with their bytes, so caches keep them for ever.
private func assetRoute(_ site: WebSite) -> Route {
    let files = site.pages.assets.files.mapValues { StaticFile($0) }
    return Route(
        .get, Assets.path + "{file}", nil, "A file that pages load", tag: .web, access: .anyone,
        answers: [.body(["text/javascript", "text/css"], .text(), "The file."), .notModified],
        problems: [.notFound], needsServices: false
    ) { call in
        guard let file = call.context.parameters.get("file").flatMap({ files[$0] }) else { throw Problem.notFound() }
        return file.response(to: call.request)
    }
}

/// The sources, for people who change them.
private func sourceRoutes(_ site: WebSite) -> [Route] {
    ["/js/**", "/css/**", "/vendor/**", "/messages/**", "/favicon.svg"].map { path in
        Route(
            .get, path, nil, "A source of the pages", tag: .web, access: .anyone, label: "/{source}",
            answers: [.body(["text/javascript", "text/css"], .text(), "The file.")], problems: [.notFound],
            needsServices: false
        ) { call in
            guard let (bytes, type) = site.pages.source(String(call.request.uri.path.dropFirst())) else {
                throw Problem.notFound()
            }
            return Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}

/// A built file in all its forms.
private struct StaticFile: Sendable {
    private let plain: ByteBuffer
    private let gzip: ByteBuffer
    private let brotli: ByteBuffer
    private let contentType: String
    private let tag: String

    init(_ file: Assets.File) {
        plain = ByteBuffer(bytes: file.bytes)
        gzip = ByteBuffer(bytes: file.gzip)
        brotli = ByteBuffer(bytes: file.brotli)
        contentType = file.contentType
        tag = EntityTag.of(plain)
    }

    func response(to request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: contentType, .cacheControl: "public, max-age=31536000, immutable", .vary: "Accept-Encoding",
            .resourcePolicy: "same-origin", .eTag: "W/" + tag,
        ]
        if EntityTag.matches(request.headers[values: .ifNoneMatch], tag) {
            return Response(status: .notModified, headers: headers)
        }
        let body: ByteBuffer
        if AcceptEncoding.allowsBrotli(request.headers) {
            (headers[.contentEncoding], body) = ("br", brotli)
        } else if AcceptEncoding.allowsGzip(request.headers) {
            (headers[.contentEncoding], body) = ("gzip", gzip)
        } else {
            body = plain
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

/// The handlers of the pages. They show what everybody may see: a browser sends no token when it opens a page.
private struct PageHandlers: Sendable {
    let services: Services
    let reader: VideoReader
    let site: WebSite

    /// Videos of the first page; the module of the page asks for as many at a time.
    private static let count = 24

    @Sendable func start(_ call: Call<Void, Void>) async throws -> Response {
        let list = try await reader.page(limit: Self.count)
        return try site.response(
            to: call.request, .start(videos: list.data.map { VideoFacts($0) }, hasMore: list.page.next != nil),
            data: try Self.data(next: list.page.next))
    }

    @Sendable func watch(_ call: Call<Void, Void>) async throws -> Response {
        let document = try await document(call)
        let id = document.video.id
        let list = try await reader.page(limit: Self.count)
        let (others, next) = (list.data.filter { $0.video.id != id }.map { VideoFacts($0) }, list.page.next)
        guard document.video.state != .blocked else {
            // Not an error page: the module shows the video to its owner.
            return try site.response(
                to: call.request, .blocked(others: others, hasMore: next != nil),
                data: try Self.data(id: id, next: next), status: .forbidden)
        }
        return try site.response(
            to: call.request, .watch(VideoFacts(document), others: others, hasMore: next != nil),
            data: try Self.data(id: id, document: document, next: next))
    }

    @Sendable func embed(_ call: Call<Void, Void>) async throws -> Response {
        let document = try await document(call)
        guard document.video.state != .blocked else { throw Problem(.videoBlocked) }
        return try site.response(
            to: call.request, .embed(VideoFacts(document)),
            data: try Self.data(id: document.video.id, document: document))
    }

    @Sendable func room(_ call: Call<Void, Void>) async throws -> Response {
        let id = call.request.uri.queryParameters["id"].map { String($0) } ?? ""
        guard Identifier.isValid(id, prefix: .room),
            let room = try await CatalogRoomDirectory(services.database).room(id)
        else { throw Problem(.roomNotFound) }
        return try site.response(to: call.request, .room(id: id, name: room.name))
    }

    private func document(_ call: Call<Void, Void>) async throws -> VideoDocument {
        guard let id = call.context.parameters.get("id"), let document = try await reader.document(id, for: .everybody)
        else {
            throw Problem(.videoNotFound)
        }
        return document
    }

    /// What a page's module starts with: `{id, next, video}`.
    private static func data(
        id: String? = nil, document: VideoDocument? = nil, next: String? = nil
    ) throws -> EmbeddedJSON {
        EmbeddedJSON(
            JSONText.object([
                "id": try id.map { try JSONText.encode($0) },
                "next": try next.map { try JSONText.encode($0) } ?? Array("null".utf8),
                "video": try document.map { try JSONText.encode($0) },
            ]))
    }
}

extension VideoFacts {
    /// The facts of a document for everybody.
    init(_ document: VideoDocument) {
        let (video, renditions) = (document.video, document.renditions)
        let sizes = renditions.compactMap { one in
            one.width.flatMap { width in one.height.map { Size(width: width, height: $0) } }
        }
        self.init(
            id: video.id, title: video.title, description: video.description, owner: document.owner?.username,
            createdAt: Timestamp(video.createdAt).rfc3339, milliseconds: video.durationMilliseconds,
            size: sizes.max { $0.width < $1.width }, isAudio: !renditions.isEmpty && sizes.isEmpty,
            hasCaptions: !document.captions.isEmpty,
            poster: document.playback?.poster, smallPoster: document.playback?.smallPoster,
            storyboard: document.playback?.storyboard,
            playlist: document.playback?.hls)
    }
}
