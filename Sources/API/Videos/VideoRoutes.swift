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

/// Creating, reading, changing, following and deleting videos.
func videoRoutes(_ services: Services, reader: VideoReader) -> [Route] {
    let handlers = VideoHandlers(services: services, reader: reader)
    return [
        Route(
            .post, "/v1/videos", "createVideo", "Create a video",
            description: "As JSON: a draft that waits for its file. As a form: the video with its file.", tag: .videos,
            access: .user(services), body: .draftOrForm,
            answers: [
                .json(201, Draft.self, "A draft.", headers: [.location]),
                .json(
                    202, VideoDocument.self, "The whole file was received and will be processed.",
                    headers: [.location]),
            ],
            problems: [
                .quotaExceeded, .uploadInterrupted, .uploadTooLarge, .emptyUpload, .storageFull,
            ] + ProblemCode.ofFirstBytes,
            handler: handlers.create),
        Route(
            .get, "/v1/videos", "listVideos", "List videos, newest first",
            description: "Everybody's finished ones; with `mine=1` one's own in every state, which needs a token.",
            tag: .videos, access: .videoList(services), parameters: VideoListQuery.parameters,
            answers: [.json(VideoPage.self, "A page.")], problems: [.validationFailed], handler: handlers.list),
        Route(
            .get, "/v1/videos/{id}", "getVideo", "A video as it is now", tag: .videos,
            access: .videoViewer(services),
            answers: [.json(VideoDocument.self, "The video.", headers: [.entityTag]), .notModified],
            handler: handlers.show),
        Route(
            .patch, "/v1/videos/{id}", "changeVideo", "Change title and description", tag: .videos,
            access: .videoOwner(services), body: .json(VideoChangeRequest.self, mergePatch: true),
            answers: [.json(VideoDocument.self, "The video as it is now.")], problems: [.storageFull],
            handler: handlers.change),
        Route(
            .delete, "/v1/videos/{id}", "deleteVideo", "Delete a video with everything that belongs to it",
            tag: .videos, access: .videoOwner(services), answers: [.empty("The video is deleted.")],
            problems: [.uploadLocked], handler: handlers.delete),
        videoEventsRoute(services, reader: reader),
    ]
}

/// What a caller of the list wants, and who they are if they want their own videos.
private struct VideoListing: Sendable {
    let query: VideoListQuery
    let owner: String?
}

extension Access where Caller == VideoListing {
    /// Everybody; a signed-in user for one's own videos.
    fileprivate static func videoList(_ services: Services) -> Access {
        Access(.userForSomeQueries) { request, _ in
            let query = try VideoListQuery(request.uri.queryParameters)
            return VideoListing(query: query, owner: query.isMine ? try await services.requireUser(request) : nil)
        }
    }
}

/// The body of a request that creates a video.
private enum NewVideoBody: Sendable {
    case draft(NewVideo)
    case form(boundary: String, ExpectContinueBody)
}

extension Body where Content == NewVideoBody {
    /// A JSON document for a draft, or a form with the file.
    fileprivate static var draftOrForm: Body {
        let draft = Body<NewVideo>.json(NewVideo.self)
        let content = (draft.description?.content ?? []) + [("multipart/form-data", Schema.of(VideoForm.self))]
        return Body(
            BodyDescription(content, example: NewVideo.example), problems: draft.problems + [.malformedForm]
        ) { request, context in
            guard MediaType(request.headers[.contentType])?.isMultipart == true else {
                return .draft(try await draft.read(request, context))
            }
            guard let boundary = FormBoundary.parse(contentType: request.headers[.contentType] ?? "") else {
                throw Problem(.malformedForm, detail: "Its type names no usable boundary.")
            }
            return .form(boundary: boundary, ExpectContinueBody(request, context))
        }
    }
}

/// The handlers of the routes under `/v1/videos`.
private struct VideoHandlers: Sendable {
    let services: Services
    let reader: VideoReader
    private let texts = CompressedTexts(limit: 4 << 20)

    init(services: Services, reader: VideoReader) {
        self.services = services
        self.reader = reader
    }

    /// Creates a draft, or a video with its file.
    @Sendable func create(_ call: Call<String, NewVideoBody>) async throws -> Response {
        switch call.content {
        case .draft(let new): return try await create(new, owner: call.caller)
        case .form(let boundary, let body):
            let video = try await services.uploads.receiveForm(
                ownerID: call.caller, boundary: boundary, bodyLength: call.request.headers.bodyLength, body)
            return try await reader.accepted(video.id)
        }
    }

    private func create(_ new: NewVideo, owner: String) async throws -> Response {
        let now = services.clock.now()
        let video = Video(
            id: Identifier.make(prefix: .video, at: now), ownerID: owner,
            title: new.title, description: new.description ?? "", createdAt: now)
        try await services.checkSpace(video.description.utf8.count)
        let quotas = services.uploads.configuration.quotas
        try await services.database.transaction { connection in
            try quotas.admit(.init(videos: 1, drafts: 1), owner: owner, counting: .stored, in: connection)
            try Videos.insert(video, in: connection)
        }
        return try JSONOutput.response(
            Draft(
                id: video.id, title: video.title, state: video.state.rawValue,
                upload: .init(tus: tusPath, put: "/v1/videos/\(video.id)/source"), watchUrl: "/watch/\(video.id)"),
            status: .created, headers: [.location: "/v1/videos/\(video.id)"])
    }

    /// A page of videos: one's own with `mine=1`, else everybody's finished ones.
    @Sendable func list(_ call: Call<VideoListing, Void>) async throws -> Response {
        let query = call.caller.query.page
        return try JSONOutput.response(
            try await reader.page(of: call.caller.owner, before: query.cursor, limit: query.limit))
    }

    /// A video.
    @Sendable func show(_ call: Call<VisibleVideo, Void>) async throws -> Response {
        let lease = try await lease(of: call.caller.video)
        // What others get too is read after the watch of the video has begun.
        let document =
            if lease != nil {
                try await reader.document(call.caller.video.id, for: call.caller.audience)
            } else {
                try await reader.documents([call.caller.video], for: call.caller.audience).first
            }
        guard let document else { throw Problem(.videoNotFound) }
        let text = TextResponse(
            bytes: try JSONOutput.encode(document), contentType: "application/json", cacheControl: "no-cache")
        let response = try text.response(to: call.request, compressing: texts)
        if let lease {
            call.context.offer(ResponseOffer(body: .bytes(text.body(of: response, compressing: texts)), lease: lease))
        }
        return response
    }

    /// For how long the document of a video holds for everybody; `nil` while the video is not finished, or is not asked for
    /// often.
    private func lease(of video: Video) async throws -> ResponseLease? {
        guard video.state == .ready, let generation = video.generation,
            let watch = await services.watches.watch(video.id)
        else { return nil }
        let now = services.clock.now()
        try await services.gate.check(video: video.id, generation: generation, isFresh: true)
        return ResponseLease(
            gate: services.gate, video: video.id, generation: generation, watch: watch, since: now)
    }

    /// Changes title and description.
    @Sendable func change(_ call: Call<Video, VideoChangeRequest>) async throws -> Response {
        let (id, change) = (call.caller.id, call.content)
        try await services.checkSpace(change.description?.utf8.count ?? 0)
        let now = services.clock.now()
        let changed = try await services.database.transaction { connection -> Bool in
            // Read again under the lock: a field that the client left out keeps its current value.
            guard var details = try Videos.lock(id: id, in: connection)?.details else { return false }
            change.apply(to: &details)
            return try Videos.setDetails(details, of: id, at: now, in: connection)
        }
        guard changed, let document = try await reader.document(id, for: .owner) else {
            throw Problem(.videoNotFound)
        }
        await services.announce(video: id)
        return try JSONOutput.response(document)
    }

    /// Deletes a video with everything that belongs to it.
    @Sendable func delete(_ call: Call<Video, Void>) async throws -> Response {
        let id = call.caller.id
        try await services.uploads.abandon(video: id)
        // Rows first: once they are gone, no client is sent to objects that are about to go.
        let now = services.clock.now()
        let deleted = try await services.database.transaction { try Deletion.delete(video: id, at: now, in: $0) }
        guard deleted else { throw Problem(.videoNotFound) }
        services.gate.withdraw(video: id)
        await services.changes.withdraw(video: id)
        // The deletion queue removes the objects in any case; this does it at once where the store answers.
        for folder in ObjectKey.folders(video: id) { try? await services.store.deleteAll(in: folder) }
        await services.announce(video: id)
        return Response(status: .noContent)
    }
}

extension Services {
    /// Makes sure that so many bytes leave the disk its reserve, before they become rows.
    /// - Throws: `UploadError.noSpace`.
    func checkSpace(_ byteCount: Int) async throws { try await uploads.checkSpace(Int64(byteCount)) }
}

extension VideoReader {
    /// 202 with a video whose file was just received, to its owner.
    func accepted(_ id: String) async throws -> Response {
        guard let document = try await document(id, for: .owner) else { throw Problem(.videoNotFound) }
        return try JSONOutput.response(document, status: .accepted, headers: [.location: "/v1/videos/\(id)"])
    }
}
