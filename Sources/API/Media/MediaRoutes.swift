internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import MediaModel
internal import NIOCore
internal import Packager
internal import Pipeline
internal import SQL
internal import Storage

/// The route of playlists, segments and images of a generation.
func mediaRoute(_ services: Services, configuration: APIConfiguration) -> Route {
    let media = MediaHandler(
        services: services, patience: configuration.segmentPatience, accelRedirect: configuration.accelRedirect)
    let headers: [AnswerHeader] = [
        .entityTag, AnswerHeader("Cache-Control", "Segments and images never change."),
    ]
    let types = [
        "application/vnd.apple.mpegurl", "application/dash+xml", "text/vtt", "video/mp4", "video/iso.segment",
        "image/jpeg", "image/webp",
    ]
    return Route(
        .get, "/v/{video}/{generation}/**", nil, "A file of a generation", tag: .playback, access: .anyone,
        exposure: .cached,
        answers: [
            .body(types, .bytes, "The bytes.", headers: headers),
            .body(206, types, .bytes, "The requested part.", headers: headers + [.contentRange]),
            .empty(304, "The client has these bytes."),
        ],
        problems: [.videoBlocked, .notFound, .rangeNotSatisfiable, .segmentPending],
        aliases: [
            Route.Operation(
                path: "/v/{video}/{generation}/{file}", id: "getObject",
                summary: "A playlist, description, image or storyboard",
                description: "`main.m3u8` (HLS), `manifest.mpd` (DASH), `poster-1.jpg`, `poster-small.webp`, "
                    + "`storyboard.vtt`, `storyboard-1.jpg`. Take the paths from the video's `playback`.",
                parameters: [.mediaVideo, .generation, .mediaFile("file", example: "main.m3u8")]),
            Route.Operation(
                path: "/v/{video}/{generation}/{track}/{file}", id: "getTrackObject",
                summary: "A track's playlist, initialization segment or media segment",
                description: "`index.m3u8`, `iframes.m3u8`, `init.mp4`, `00001.m4s`; of captions `00001.vtt` and "
                    + "`captions.vtt`. A segment that is not encoded yet is moved to the front of the queue and waited "
                    + "for; 503 with `segment_pending` says to try again.",
                parameters: [
                    .mediaVideo, .generation, .mediaFile("track", example: "v720"),
                    .mediaFile("file", example: "index.m3u8"),
                ]),
        ], handler: media.serve)
}

extension Parameter {
    fileprivate static let mediaVideo = Parameter.identifier("video", .video, "The video.")
    fileprivate static let generation = Parameter.path(
        "generation", .text(pattern: "^g[1-9][0-9]{0,8}$"), "The generation, counted from `g1`.", example: "g1")

    fileprivate static func mediaFile(_ name: String, example: String) -> Parameter {
        .path(name, .text(pattern: "^[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}$"), example: example)
    }
}

/// Answers with playlists from the plan, and with everything else from the store.
private struct MediaHandler: Sendable {
    let services: Services
    /// Longest wait for an object that does not exist yet.
    let patience: Duration
    /// Leaves objects' bodies to the reverse proxy, if it can read them.
    let accelRedirect: AccelRedirect?
    private let texts = CompressedTexts()

    init(services: Services, patience: Duration, accelRedirect: AccelRedirect?) {
        self.services = services
        self.patience = patience
        self.accelRedirect = accelRedirect
    }

    private static let immutable = "public, max-age=31536000, immutable"

    /// A manifest or an object of a generation, to GET and HEAD.
    @Sendable func serve(_ call: Call<Void, Void>) async throws -> Response {
        let (request, context) = (call.request, call.context)
        guard let video = context.parameters.get("video"), Identifier.isValid(video, prefix: .video),
            let generation = context.parameters.get("generation").flatMap(Self.generation)
        else { throw Problem.notFound() }
        let path = context.parameters.getCatchAll().joined(separator: "/")
        let key = ObjectKey.object(video: video, generation: generation, path)
        // The trie drops empty components, and an object has one address only.
        guard StorageKey.isValid(key), request.uri.path == "/v/\(video)/g\(generation)/\(path)" else {
            throw Problem.notFound()
        }
        var response =
            if [".m3u8", ".mpd", ".vtt"].contains(where: path.hasSuffix) {
                try await manifest(request, context, video, generation, path)
            } else {
                try await object(request, context, video, generation, path, key)
            }
        response.headers[.resourcePolicy] = "cross-origin"
        response.headers[.timingAllowOrigin] = "*"
        return response
    }

    private func manifest(
        _ request: Request, _ context: APIContext, _ video: String, _ generation: Int, _ path: String
    ) async throws -> Response {
        let watch = await services.watches.watch(video)
        let now = services.clock.now()
        // Playlists that are not cached ask the database: a player that starts fetches one, a player that plays fetches
        // segments.
        try await services.gate.check(video: video, generation: generation, isFresh: true)
        guard let manifest = try await services.playback.manifest(video: video, generation: generation, path: path)
        else { throw Problem.notFound() }
        let text = TextResponse(
            bytes: ByteBuffer(string: manifest.text), contentType: manifest.contentType,
            cacheControl: manifest.isFinal ? "public, max-age=60" : "no-cache", hasRanges: true)
        let response = try text.response(to: request, compressing: texts)
        if let watch, manifest.isFinal {
            let lease = ResponseLease(
                gate: services.gate, video: video, generation: generation, watch: watch, since: now)
            context.offer(ResponseOffer(body: .bytes(text.body(of: response, compressing: texts)), lease: lease))
        }
        return response
    }

    private func object(
        _ request: Request, _ context: APIContext, _ video: String, _ generation: Int, _ path: String, _ key: String
    ) async throws -> Response {
        try await services.gate.check(video: video, generation: generation)
        var found = try await find(key, request)
        if found == nil {
            switch try await availability(of: path, video, generation, context) {
            case .available:
                // The video may have been blocked during the wait.
                try await services.gate.check(video: video, generation: generation)
                found = try await find(key, request)
            case .pending:
                throw Problem(.segmentPending, detail: "Try again shortly.").retryAfter(2)
            case .never: break
            }
        }
        guard let (size, opened) = found else { throw Problem.notFound() }
        let headers: HTTPFields = [
            .contentType: ContentType.ofFile(named: path), .cacheControl: Self.immutable,
        ]
        let answer = RangeResponse(size: size, tag: EntityTag.ofObject(key: key, size: size), headers: headers)
        let lease = ResponseLease(
            gate: services.gate, video: video, generation: generation, watch: nil, since: services.clock.now())
        if let accelRedirect {
            context.offer(ResponseOffer(body: .none, lease: lease))
            return try accelRedirect.response(to: request, for: answer, key: key)
        }
        let isHead = request.method == .head
        return try await answer.response(to: request) { range in
            if isHead { return Self.announced(range.count) }
            let isOpened = opened?.range == range
            let object = if isOpened, let opened { opened } else { try await services.store.read(key, range: range) }
            if range == 0..<size {
                if size > CachedResponse.copyLimit, let file = object.file {
                    context.offer(ResponseOffer(body: .file(file), lease: lease))
                } else if size <= CachedResponse.memoryLimit {
                    let bytes = try await object.collect()
                    context.offer(ResponseOffer(body: .bytes(bytes), lease: lease))
                    return ResponseBody(byteBuffer: bytes)
                }
            }
            return ResponseBody(contentLength: range.count) { writer in
                for try await chunk in object {
                    try await writer.write(chunk)
                    try await context.settleWrites()
                }
                try await writer.finish(nil)
            }
        }
    }

    /// Waits for an object while the client is there.
    private func availability(
        of path: String, _ video: String, _ generation: Int, _ context: APIContext
    ) async throws -> ObjectAvailability {
        do {
            return try await context.whileClientStays { [services, patience] in
                try await services.playback.awaitObject(
                    video: video, generation: generation, path: path, timeout: patience)
            }
        } catch is CancellationError {
            // A client that has only closed its own side reads this.
            return .pending
        }
    }

    /// An object's size, and its bytes where the request tells without the size which of them to send: a remote store then
    /// gets one request instead of two. `nil` if there is no such object.
    private func find(_ key: String, _ request: Request) async throws -> (size: Int64, opened: ObjectBody?)? {
        let fields = request.headers
        let isPlain = request.method == .get && fields[.ifNoneMatch] == nil && fields[.ifRange] == nil
        if isPlain, accelRedirect == nil, let wanted = ByteRange.requested(fields[.range]) {
            do {
                let opened = try await services.store.read(key, range: wanted.range)
                return (opened.objectSize, opened)
            } catch StorageError.notFound { return nil }
        }
        return try await services.store.size(of: key).map { ($0, nil) }
    }

    /// A body that is never written: it has the length for a response to HEAD.
    private static func announced(_ count: Int) -> ResponseBody {
        ResponseBody(contentLength: count) { writer in try await writer.finish(nil) }
    }

    /// The number of `g1`, `g2`, …, written without zeros in front.
    private static func generation(_ text: String) -> Int? {
        guard text.hasPrefix("g"), let number = Int(text.dropFirst()), number > 0, text == "g\(number)" else {
            return nil
        }
        return number
    }
}
