internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import MediaModel
internal import NIOCore
internal import Packager
internal import SQL
internal import Storage

/// What players fetch.
func addMediaRoutes(to router: Router<APIContext>, services: Services, configuration: APIConfiguration) {
    let routes = MediaRoutes(
        services: services, patience: configuration.segmentPatience, accelRedirect: configuration.accelRedirect)
    router.get("/v/{video}/{generation}/**") { request, context in
        var response = try await routes.serve(request, context)
        response.headers[.resourcePolicy] = "cross-origin"
        response.headers[.timingAllowOrigin] = "*"
        return response
    }
}

/// The routes under `/v`: playlists from the plan, everything else from the store.
struct MediaRoutes: Sendable {
    let services: Services
    /// Longest wait for an object that is not made yet.
    let patience: Duration
    /// Hands objects' bodies to the reverse proxy, if it can read them.
    let accelRedirect: AccelRedirect?
    private let texts = CompressedTexts()

    init(services: Services, patience: Duration, accelRedirect: AccelRedirect?) {
        self.services = services
        self.patience = patience
        self.accelRedirect = accelRedirect
    }

    private static let immutable = "public, max-age=31536000, immutable"

    /// A manifest or an object of a generation, to GET and HEAD.
    func serve(_ request: Request, _ context: APIContext) async throws -> Response {
        guard let video = context.parameters.get("video"), Identifier.isValid(video, prefix: .video),
            let generation = context.parameters.get("generation").flatMap(Self.generation)
        else { throw Problem.notFound() }
        let path = context.parameters.getCatchAll().joined(separator: "/")
        let key = ObjectKey.object(video: video, generation: generation, path)
        // The trie drops empty components, and an object has one address only.
        guard StorageKey.isValid(key), request.uri.path == "/v/\(video)/g\(generation)/\(path)" else {
            throw Problem.notFound()
        }
        return Self.isManifest(path)
            ? try await manifest(request, video, generation, path)
            : try await object(request, context, video, generation, path, key)
    }

    private func manifest(
        _ request: Request, _ video: String, _ generation: Int, _ path: String
    ) async throws -> Response {
        // Asked each time: a player that has begun asks for segments, one that begins asks here.
        try await services.gate.check(video: video, generation: generation, isFresh: true)
        guard let manifest = try await services.playback.manifest(video: video, generation: generation, path: path)
        else { throw Problem.notFound() }
        return try TextResponse(
            bytes: ByteBuffer(string: manifest.text), contentType: manifest.contentType,
            cacheControl: manifest.isFinal ? "public, max-age=60" : "no-cache", hasRanges: true
        ).response(to: request, compressing: texts)
    }

    private func object(
        _ request: Request, _ context: APIContext, _ video: String, _ generation: Int, _ path: String, _ key: String
    ) async throws -> Response {
        try await services.gate.check(video: video, generation: generation)
        var found = try await find(key, request)
        if found == nil {
            switch try await services.playback.awaitObject(
                video: video, generation: generation, path: path, timeout: patience)
            {
            case .available:
                // Much can happen while somebody waits.
                try await services.gate.check(video: video, generation: generation)
                found = try await find(key, request)
            case .pending:
                throw Problem(
                    .serviceUnavailable, "segment_pending", "This part is not made yet", detail: "Try again shortly."
                ).retryAfter(2)
            case .never: break
            }
        }
        guard let (size, opened) = found else { throw Problem.notFound() }
        let headers: HTTPFields = [
            .contentType: ContentType.ofFile(named: path), .cacheControl: Self.immutable,
        ]
        let answer = RangeResponse(size: size, tag: EntityTag.ofObject(key: key, size: size), headers: headers)
        if let accelRedirect { return try accelRedirect.response(to: request, for: answer, key: key) }
        let isHead = request.method == .head
        return try await answer.response(to: request) { range in
            if isHead { return Self.announced(range.count) }
            let isOpened = opened?.range == range
            let object = if isOpened, let opened { opened } else { try await services.store.read(key, range: range) }
            return ResponseBody(contentLength: range.count) { writer in
                for try await chunk in object {
                    try await writer.write(chunk)
                    try await context.settleWrites()
                }
                try await writer.finish(nil)
            }
        }
    }

    /// An object's size; with its bytes where the request says which of them are sent whatever the size is, so that a
    /// remote store is asked once and not twice. `nil` if there is none.
    private func find(_ key: String, _ request: Request) async throws -> (size: Int64, opened: ObjectBody?)? {
        let fields = request.headers
        let isPlain = request.method == .get && fields[.ifNoneMatch] == nil && fields[.ifRange] == nil
        if isPlain, accelRedirect == nil, let wish = ByteRange.wish(fields[.range]) {
            do {
                let opened = try await services.store.read(key, range: wish.range)
                return (opened.objectSize, opened)
            } catch StorageError.notFound { return nil }
        }
        return try await services.store.size(of: key).map { ($0, nil) }
    }

    /// A body that is never written, for the length that HEAD tells.
    private static func announced(_ count: Int) -> ResponseBody {
        ResponseBody(contentLength: count) { writer in try await writer.finish(nil) }
    }

    private static func isManifest(_ path: String) -> Bool {
        path.hasSuffix(".m3u8") || path.hasSuffix(".mpd") || path.hasSuffix(".vtt")
    }

    /// The number of `g1`, `g2`, …, written without zeros in front.
    private static func generation(_ text: String) -> Int? {
        guard text.hasPrefix("g"), let number = Int(text.dropFirst()), number > 0, text == "g\(number)" else {
            return nil
        }
        return number
    }
}
