internal import Catalog
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
        // Asked each time: a deleted or blocked video must not live on in anybody's memory.
        let row = try await services.database.read { try Videos.find(id: video, in: $0) }
        guard let row, row.state != .blocked,
            let manifest = try await services.playback.manifest(video: video, generation: generation, path: path)
        else { throw Problem.notFound() }
        return try TextAnswer(
            bytes: ByteBuffer(string: manifest.text), contentType: manifest.contentType,
            cacheControl: manifest.isFinal ? "public, max-age=60" : "no-cache", hasRanges: true
        ).response(to: request)
    }

    private func object(
        _ request: Request, _ context: APIContext, _ video: String, _ generation: Int, _ path: String, _ key: String
    ) async throws -> Response {
        var found = try await services.store.size(of: key)
        if found == nil {
            switch try await services.playback.awaitObject(
                video: video, generation: generation, path: path, timeout: patience)
            {
            case .available: found = try await services.store.size(of: key)
            case .pending:
                throw Problem(
                    .serviceUnavailable, "segment_pending", "This part is not made yet", detail: "Try again shortly."
                ).retryAfter(2)
            case .never: break
            }
        }
        guard let size = found else { throw Problem.notFound() }
        let headers: HTTPFields = [
            .contentType: ContentType.ofFile(named: path), .cacheControl: Self.immutable,
        ]
        let answer = RangeAnswer(size: size, tag: EntityTag.ofObject(key: key, size: size), headers: headers)
        if let accelRedirect { return try accelRedirect.response(to: request, for: answer, key: key) }
        let isHead = request.method == .head
        return try await answer.response(to: request) { range in
            if isHead { return Self.announced(range.count) }
            let object = try await services.store.read(key, range: range)
            return ResponseBody(contentLength: range.count) { writer in
                for try await chunk in object {
                    try await writer.write(chunk)
                    try await context.settleWrites()
                }
                try await writer.finish(nil)
            }
        }
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
