internal import Accounts
internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Ingest
internal import MediaModel
internal import NIOCore
internal import Packager
internal import Pipeline
internal import SQL

/// Listing, reading, sending and removing captions.
func addCaptionRoutes(to router: Router<APIContext>, services: Services) {
    let routes = CaptionRoutes(services: services)
    router.get("/v1/videos/{id}/captions") { request, context in try await routes.list(request, context) }
    router.get("/v1/videos/{id}/captions/{language}") { request, context in try await routes.show(request, context) }
    router.put("/v1/videos/{id}/captions/{language}") { request, context in try await routes.put(request, context) }
    router.delete("/v1/videos/{id}/captions/{language}") { request, context in
        try await routes.delete(request, context)
    }
}

/// The routes under `/v1/videos/{id}/captions`.
struct CaptionRoutes: Sendable {
    let services: Services
    let texts = CompressedTexts(limit: 8 << 20)

    /// All captions that viewers may choose from.
    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        // What may not be watched may not be read either.
        let offered = try await offered(services.visibleVideo(request, context).video)
        return try JSONOutput.response(CaptionList(data: offered.items.map { CaptionDocument($0) }))
    }

    /// The captions of a language, as WebVTT.
    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let language = try Self.language(context)
        let video = try await services.visibleVideo(request, context).video
        guard let item = try await offered(video).item(language: language) else { throw Problem.noCaptions }
        let record = try await services.database.read {
            try Captions.find(
                video: video.id, generation: item.record.generation, track: item.record.track, in: $0)
        }
        guard let record else { throw Problem.noCaptions }
        return try TextResponse(
            bytes: ByteBuffer(string: record.webVTT), contentType: ContentType.ofFile(named: "captions.vtt"),
            cacheControl: "no-cache"
        ).response(to: request, compressing: texts)
    }

    /// Takes captions in a language, in place of those that were sent before or came with the file.
    func put(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.ownedVideo(request, context)
        let language = try Self.language(context)
        let label = try Self.label(request)
        try await services.checkSpace(Int(request.headers.bodyLength ?? 0))
        let webVTT = try Self.webVTT(try await body(request, context))
        try await services.checkSpace(webVTT.utf8.count)
        let now = services.clock.now()
        // The time in the name gives what is sent anew another address: nobody mixes old segments with new ones.
        let record = CaptionRecord(
            videoID: video.id, generation: 0, track: "s\(CaptionTrack.tag(language))-u\(now)", language: language,
            label: label ?? CaptionTrack(name: "", language: language).label, webVTT: webVTT, createdAt: now)
        let quotas = services.uploads.configuration.quotas
        let replaced = try await services.database.transaction { connection -> Bool? in
            try Users.lock(id: video.ownerID, in: connection)
            guard try Videos.lock(id: video.id, in: connection) != nil else { throw Problem.noVideo }
            // What is replaced makes room; if the rest is too much all the same, all of this is undone.
            let wasThere = try Captions.delete(video: video.id, language: language, in: connection)
            try quotas.admit(
                .init(captionBytes: Int64(webVTT.utf8.count)), owner: video.ownerID, counting: .stored, in: connection)
            return try Captions.put(record, in: connection).map { $0 || wasThere }
        }
        guard let replaced else {
            throw Problem.conflict(
                "too_many_captions", "The video has as many captions as it may have",
                detail: "At most \(Captions.limit) languages; delete one first.")
        }
        await services.changes.announce(video: video.id)
        return try JSONOutput.response(
            CaptionDocument(record), status: replaced ? .ok : .created,
            headers: [.location: "/v1/videos/\(video.id)/captions/\(language)"])
    }

    /// Removes captions that were sent; those of the file show again.
    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.ownedVideo(request, context)
        let language = try Self.language(context)
        guard
            try await services.database.transaction({
                try Captions.delete(video: video.id, language: language, in: $0)
            })
        else { throw Problem.noCaptions }
        await services.changes.announce(video: video.id)
        return Response(status: .noContent)
    }

    private func offered(_ video: Video) async throws -> OfferedCaptions {
        let records = try await services.database.read { try Captions.list(videos: [video.id], in: $0) }
        return OfferedCaptions(records, generation: video.generation)
    }

    /// The language of the path in its shortest and usual form.
    private static func language(_ context: APIContext) throws -> String {
        guard let text = context.parameters.get("language"), let tag = LanguageTag(text) else {
            throw Problem(
                .unprocessableContent, "invalid_language", "This is no language",
                detail: "Name it by a BCP 47 tag: en, pt-BR, zh-Hant.")
        }
        // `eng` and `en` are one language.
        let short = CaptionTrack.tag(tag.text)
        return short == tag.text.lowercased() ? tag.text : short
    }

    private static func label(_ request: Request) throws -> String? {
        let values = request.uri.queryParameters[values: "label"]
        guard values.count <= 1 else {
            throw Problem.invalid([.init(pointer: "?label", code: "repeated", detail: "Must be given once.")])
        }
        guard let value = values.first.map({ String($0) }) else { return nil }
        guard let label = VideoTitle.clean(value), label.unicodeScalars.count <= 64 else {
            throw Problem.invalid([
                .init(
                    pointer: "?label", code: "invalid_text",
                    detail: "Must have 1 to 64 characters, one that can be seen, and no control characters.")
            ])
        }
        return label
    }

    private func body(_ request: Request, _ context: APIContext) async throws -> ByteBuffer {
        guard (request.headers[.contentEncoding] ?? "identity").lowercased() == "identity" else {
            throw Problem(
                .unsupportedMediaType, "unsupported_content_encoding", "The body is compressed",
                detail: "Send the captions as they are.")
        }
        let limit = CaptionLimits.maximumByteCount
        let tooLarge = Problem(
            .contentTooLarge, "captions_too_large", "The captions are too large",
            detail: "At most \(limit) bytes are taken.")
        return try await request.collect(
            context, limit: limit, within: context.bodyPatience * 4, tooLarge: tooLarge)
    }

    /// The captions as this program writes them.
    private static func webVTT(_ body: ByteBuffer) throws -> String {
        do throws(CaptionFault) {
            return WebVTTWriter.text(try CaptionReader.cues(body.readableBytesView))
        } catch {
            throw Problem(
                .unprocessableContent, "invalid_captions", "The captions cannot be read",
                detail: "Line \(error.line): \(error.reason)")
        }
    }
}

extension Problem {
    /// 404: no captions in this language, or none that can be removed.
    static var noCaptions: Problem {
        Problem(.notFound, "captions_not_found", "There are no such captions")
    }
}
