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

/// Listing, reading, sending and deleting captions.
func captionRoutes(_ services: Services) -> [Route] {
    let handlers = CaptionHandlers(services: services)
    return [
        Route(
            .get, "/v1/videos/{id}/captions", "listCaptions", "The captions that viewers may choose from",
            tag: .videos, access: .videoViewer(services), answers: [.json(CaptionList.self, "All captions.")],
            handler: handlers.list),
        Route(
            .get, "/v1/videos/{id}/captions/{language}", "getCaptions", "The captions of a language, as WebVTT",
            tag: .videos, access: .videoViewer(services), parameters: [.language],
            answers: [.body(["text/vtt"], .text(), "The captions.", headers: [.entityTag]), .notModified],
            problems: [.captionsNotFound, .invalidLanguage], handler: handlers.show),
        Route(
            .put, "/v1/videos/{id}/captions/{language}", "putCaptions",
            "Send captions in a language, in place of those that there are",
            description:
                "WebVTT or SubRip, recognized by the text, whatever its type is said to be; UTF-8, at most 2 MiB, "
                + "20000 cues of 4 KiB. 422 with `invalid_captions` names the line that cannot be read. They are offered "
                + "at once, and stay when the video is processed again.",
            tag: .videos, access: .videoOwner(services),
            parameters: [
                .language,
                .query(
                    "label", .text(length: 1...64), "Their name for people; else the language's name.",
                    example: "English"),
            ],
            body: .bytes(limit: CaptionLimits.maximumByteCount, tooLarge: .captionsTooLarge, patience: 4),
            answers: [
                .json(200, CaptionDocument.self, "They replace what was sent before.", headers: [.location]),
                .json(201, CaptionDocument.self, "They are offered now.", headers: [.location]),
            ],
            problems: [
                .quotaExceeded, .tooManyCaptions, .requestTooSlow, .validationFailed, .invalidLanguage,
                .invalidCaptions, .storageFull,
            ], handler: handlers.put),
        Route(
            .delete, "/v1/videos/{id}/captions/{language}", "deleteCaptions", "Delete captions that were sent",
            description: "Those that came with the file show again; they cannot be deleted.", tag: .videos,
            access: .videoOwner(services), parameters: [.language], answers: [.empty("The captions are deleted.")],
            problems: [.captionsNotFound, .invalidLanguage], handler: handlers.delete),
    ]
}

extension Parameter {
    fileprivate static let language = Parameter.path(
        "language",
        .text(
            length: 0...35,
            pattern:
                "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*$"),
        "BCP 47 language tag: `en`, `pt-BR`, `zh-Hant`.", example: "en")
}

/// The handlers of the routes under `/v1/videos/{id}/captions`.
private struct CaptionHandlers: Sendable {
    let services: Services
    private let texts = CompressedTexts(limit: 8 << 20)

    init(services: Services) {
        self.services = services
    }

    /// All captions that viewers may choose from.
    @Sendable func list(_ call: Call<VisibleVideo, Void>) async throws -> Response {
        let offered = try await offered(call.caller.video)
        return try JSONOutput.response(CaptionList(data: offered.items.map { CaptionDocument($0) }))
    }

    /// The captions of a language, as WebVTT.
    @Sendable func show(_ call: Call<VisibleVideo, Void>) async throws -> Response {
        let video = call.caller.video
        let language = try Self.language(call.context)
        guard let item = try await offered(video).item(language: language) else { throw Problem(.captionsNotFound) }
        let record = try await services.database.read {
            try Captions.find(
                video: video.id, generation: item.record.generation, track: item.record.track, in: $0)
        }
        guard let record else { throw Problem(.captionsNotFound) }
        return try TextResponse(
            bytes: ByteBuffer(string: record.webVTT), contentType: ContentType.ofFile(named: "captions.vtt"),
            cacheControl: "no-cache"
        ).response(to: call.request, compressing: texts)
    }

    /// Takes captions in a language, in place of those that were sent before or came with the file.
    @Sendable func put(_ call: Call<Video, DeferredBody>) async throws -> Response {
        let video = call.caller
        let language = try Self.language(call.context)
        let label = try Self.label(call.request)
        try await services.checkSpace(Int(call.content.announcedLength ?? 0))
        let webVTT = try Self.webVTT(try await call.content.collect())
        try await services.checkSpace(webVTT.utf8.count)
        let now = services.clock.now()
        // The time in the name gives captions that are sent again another address, so no player mixes old segments with
        // new ones.
        let record = CaptionRecord(
            videoID: video.id, generation: 0, track: "s\(LanguageName.tag(language))-u\(now)", language: language,
            label: label ?? CaptionTrack(name: "", language: language).label, webVTT: webVTT, createdAt: now)
        let quotas = services.uploads.configuration.quotas
        let replaced = try await services.database.transaction { connection -> Bool? in
            try Users.lock(id: video.ownerID, in: connection)
            guard try Videos.lock(id: video.id, in: connection) != nil else { throw Problem(.videoNotFound) }
            // The replaced captions make room first; if the quota is exceeded all the same, the transaction is undone.
            let wasThere = try Captions.delete(video: video.id, language: language, in: connection)
            try quotas.admit(
                .init(captionBytes: Int64(webVTT.utf8.count)), owner: video.ownerID, counting: .stored, in: connection)
            return try Captions.put(record, in: connection).map { $0 || wasThere }
        }
        guard let replaced else {
            throw Problem(.tooManyCaptions, detail: "At most \(Captions.limit) languages; delete one first.")
        }
        await services.announce(video: video.id)
        return try JSONOutput.response(
            CaptionDocument(record), status: replaced ? .ok : .created,
            headers: [.location: "/v1/videos/\(video.id)/captions/\(language)"])
    }

    /// Deletes captions that were sent; those of the file show again.
    @Sendable func delete(_ call: Call<Video, Void>) async throws -> Response {
        let id = call.caller.id
        let language = try Self.language(call.context)
        guard
            try await services.database.transaction({ try Captions.delete(video: id, language: language, in: $0) })
        else { throw Problem(.captionsNotFound) }
        await services.announce(video: id)
        return Response(status: .noContent)
    }

    private func offered(_ video: Video) async throws -> OfferedCaptions {
        let records = try await services.database.read { try Captions.list(videos: [video.id], in: $0) }
        return OfferedCaptions(records, generation: video.generation)
    }

    /// The language of the path in its shortest common form.
    private static func language(_ context: APIContext) throws -> String {
        guard let text = context.parameters.get("language"), let tag = LanguageTag(text) else {
            throw Problem(.invalidLanguage, detail: "Name it by a BCP 47 tag: en, pt-BR, zh-Hant.")
        }
        // `eng` and `en` are one language.
        let short = LanguageName.tag(tag.text)
        return short == tag.text.lowercased() ? tag.text : short
    }

    private static func label(_ request: Request) throws -> String? {
        var query = QueryReader(request.uri.queryParameters)
        let value = query.value("label")
        try query.finish()
        guard let value else { return nil }
        guard let label = VideoTitle.clean(value), label.unicodeScalars.count <= 64 else {
            throw Problem.invalid(
                "?label", .invalidText,
                "Must have 1 to 64 characters, one of them visible, and no control characters.")
        }
        return label
    }

    /// The captions as this program writes them.
    private static func webVTT(_ body: ByteBuffer) throws -> String {
        do throws(CaptionFault) {
            return WebVTTWriter.text(try CaptionReader.cues(body.readableBytesView))
        } catch {
            throw Problem(.invalidCaptions, detail: "Line \(error.line): \(error.reason)")
        }
    }
}
