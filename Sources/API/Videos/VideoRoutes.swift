internal import Accounts
internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Ingest
internal import MediaModel
internal import Pipeline
internal import SQL
internal import Storage

/// Making, reading, changing and deleting videos.
func addVideoRoutes(to router: Router<APIContext>, services: Services) {
    let routes = VideoRoutes(services: services, reader: VideoReader(services))
    let forms = DirectUploadRoutes(services)
    router.post("/v1/videos") { request, context in
        MediaType(request.headers[.contentType])?.isMultipart == true
            ? try await forms.form(request, context) : try await routes.create(request, context)
    }
    router.get("/v1/videos") { request, _ in try await routes.list(request) }
    router.get("/v1/videos/{id}") { request, context in try await routes.show(request, context) }
    router.patch("/v1/videos/{id}") { request, context in try await routes.change(request, context) }
    router.delete("/v1/videos/{id}") { request, context in try await routes.delete(request, context) }
    let events = EventRoutes(services: services, reader: routes.reader)
    router.get("/v1/videos/{id}/events") { request, context in try await events.follow(request, context) }
}

/// The routes under `/v1/videos`.
struct VideoRoutes: Sendable {
    let services: Services
    let reader: VideoReader
    let texts = CompressedTexts(limit: 4 << 20)

    private static let titleLength = 1...VideoTitle.maximumLength
    private static let descriptionLength = 0...5000

    /// A draft: a row that waits for its bytes.
    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let owner = try await services.requireUser(request)
        var body = try await JSONObjectBody(request, context)
        let title = body.text("title", length: Self.titleLength, check: Self.checkTitle)
        let description = body.optionalText("description", length: Self.descriptionLength, check: Self.checkText)
        try body.finish()
        let now = services.clock.now()
        let video = Video(
            id: Identifier.make(prefix: .video, at: now), ownerID: owner,
            title: VideoTitle.clean(title) ?? title, description: description ?? "", createdAt: now)
        try await services.checkSpace(video.description.utf8.count)
        let quotas = services.uploads.configuration.quotas
        try await services.database.transaction { connection in
            try quotas.admit(.init(videos: 1, drafts: 1), owner: owner, counting: .stored, in: connection)
            try Videos.insert(video, in: connection)
        }
        return try JSONOutput.response(
            CreatedDraft(
                id: video.id, title: video.title, state: video.state.rawValue,
                upload: .init(tus: TusRoutes.path, put: "/v1/videos/\(video.id)/source"),
                watchUrl: "/watch/\(video.id)"),
            status: .created, headers: [.location: "/v1/videos/\(video.id)"])
    }

    /// A page of videos: one's own with `mine=1`, else everybody's finished ones.
    func list(_ request: Request) async throws -> Response {
        let query = try VideoListQuery(request.uri.queryParameters)
        let owner = query.isMine ? try await services.requireUser(request) : nil
        // One more than asked for tells whether there is a next page.
        let found = try await services.database.read { connection in
            if let owner {
                return try Videos.list(owner: owner, before: query.cursor, limit: query.limit + 1, in: connection)
            }
            return try Videos.listPublic(before: query.cursor, limit: query.limit + 1, in: connection)
        }
        let page = Array(found.prefix(query.limit))
        return try JSONOutput.response(
            VideoPage(
                data: try await reader.documents(page, showsBlocks: query.isMine),
                page: .init(next: found.count > page.count ? page.last?.id : nil, limit: query.limit)))
    }

    /// A video.
    func show(_ request: Request, _ context: APIContext) async throws -> Response {
        let (video, isOwner) = try await services.visibleVideo(request, context)
        guard let document = try await reader.documents([video], showsBlocks: isOwner).first else {
            throw Problem.noVideo
        }
        return try TextResponse(
            bytes: JSONOutput.encode(document), contentType: "application/json", cacheControl: "no-cache"
        ).response(to: request, compressing: texts)
    }

    /// Changes title and description.
    func change(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.ownedVideo(request, context)
        var body = try await JSONObjectBody(request, context)
        let title = body.optionalText("title", length: Self.titleLength, check: Self.checkTitle)
        let description = body.optionalText("description", length: Self.descriptionLength, check: Self.checkText)
        try body.finish()
        try await services.checkSpace(description?.utf8.count ?? 0)
        let now = services.clock.now()
        let changed = try await services.database.transaction { connection -> Bool in
            // Read again: what is left out must stay what it is now, not what it was.
            guard let current = try Videos.lock(id: video.id, in: connection) else { return false }
            return try Videos.setDetails(
                video.id, title: title.flatMap { VideoTitle.clean($0) } ?? current.title,
                description: description ?? current.description, at: now, in: connection)
        }
        guard changed, let document = try await reader.document(video.id, showsBlock: true) else {
            throw Problem.noVideo
        }
        await services.changes.announce(video: video.id)
        return try JSONOutput.response(document)
    }

    /// Removes a video with everything that belongs to it.
    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let video = try await services.ownedVideo(request, context)
        try await Problem.translating { try await services.uploads.abandon(video: video.id) }
        // Rows first: once they are gone nobody is sent to objects that are about to go.
        let now = services.clock.now()
        let deleted = try await services.database.transaction { try Deletion.delete(video: video.id, at: now, in: $0) }
        guard deleted else { throw Problem.noVideo }
        services.gate.withdraw(video: video.id)
        await services.changes.withdraw(video: video.id)
        // Their removal is queued; this only saves the wait where the store answers.
        for folder in ObjectKey.folders(video: video.id) { try? await services.store.deleteAll(in: folder) }
        await services.changes.announce(video: video.id)
        return Response(status: .noContent)
    }

    static func id(_ context: APIContext) throws -> String {
        guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .video) else {
            throw Problem.noVideo
        }
        return id
    }

    private static func checkTitle(_ title: String) -> (code: String, detail: String)? {
        VideoTitle.clean(title) == nil
            ? ("invalid_title", "Must have a character that can be seen, and no control characters.") : nil
    }

    /// Line feeds and tabs are welcome, other controls would only do harm.
    private static func checkText(_ text: String) -> (code: String, detail: String)? {
        let hasControls = text.unicodeScalars.contains { scalar in
            (scalar.value < 0x20 && scalar != "\n" && scalar != "\t" && scalar != "\r")
                || (0x7F...0x9F).contains(scalar.value)
        }
        return hasControls ? ("invalid_text", "Must have no control characters but line feeds and tabs.") : nil
    }
}

extension Services {
    /// The video of the path, if whoever asks may learn of it: everybody may, and while it is blocked its owner alone.
    /// - Throws: ``Problem`` with 403 `video_blocked` or 404.
    func visibleVideo(_ request: Request, _ context: APIContext) async throws -> (video: Video, isOwner: Bool) {
        let id = try VideoRoutes.id(context)
        guard let video = try await database.read({ try Videos.find(id: id, in: $0) }) else { throw Problem.noVideo }
        guard video.state == .blocked else { return (video, false) }
        // A token that is not valid is nobody's, and does no harm.
        guard (try? await optionalUser(request)) == video.ownerID else { throw Problem.videoBlocked }
        return (video, true)
    }

    /// Makes sure that so many bytes leave the disk its reserve, before they become rows.
    /// - Throws: ``Problem`` with 507.
    func checkSpace(_ byteCount: Int) async throws {
        try await Problem.translating { try await uploads.checkSpace(Int64(byteCount)) }
    }

    /// The video of the path, which must belong to whoever asks.
    func ownedVideo(_ request: Request, _ context: APIContext) async throws -> Video {
        let user = try await requireUser(request)
        let id = try VideoRoutes.id(context)
        guard let video = try await database.read({ try Videos.find(id: id, in: $0) }) else { throw Problem.noVideo }
        guard video.ownerID == user else { throw Problem.forbidden() }
        return video
    }
}

private struct CreatedDraft: Encodable {
    struct Upload: Encodable {
        var tus: String
        var put: String
    }

    var id: String
    var title: String
    var state: String
    var upload: Upload
    var watchUrl: String
}
