internal import Accounts
internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import Ingest
internal import Rooms
internal import SQL

/// Making, finding, changing and removing rooms; what happens in them goes over their sockets.
func addRoomRoutes(to router: Router<APIContext>, services: Services) {
    let routes = RoomRoutes(services: services)
    router.post("/v1/rooms") { request, context in try await routes.create(request, context) }
    router.get("/v1/rooms") { request, _ in try await routes.list(request) }
    router.get("/v1/rooms/{id}") { _, context in try await routes.show(context) }
    router.patch("/v1/rooms/{id}") { request, context in try await routes.change(request, context) }
    router.delete("/v1/rooms/{id}") { request, context in try await routes.delete(request, context) }
    router.get("/v1/rooms/{id}/bans") { request, context in try await routes.bans(request, context) }
    router.delete("/v1/rooms/{id}/bans/{memberId}") { request, context in try await routes.liftBan(request, context) }
    addSocketRoute(to: router)
}

/// Tells of the socket's address, which only a socket can use, and only where rooms are served.
func addSocketRoute(to router: Router<APIContext>) {
    router.get("/v1/rooms/{id}/ws") { _, context -> Response in
        let isRoom = context.parameters.get("id").map { Identifier.isValid($0, prefix: .room) } ?? false
        throw isRoom ? Problem.upgradeRequired : Problem.noRoom
    }
}

/// The routes under `/v1/rooms`.
struct RoomRoutes: Sendable {
    let services: Services

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await services.requireUser(request)
        var body = try await JSONObjectBody(request, context)
        let videoID = body.text("videoId", length: 1...64)
        let wish = RoomRequest(&body)
        try body.finish()
        let now = services.clock.now()
        let answer = try await services.database.transaction { connection -> RoomResponse in
            guard let owner = try Users.find(id: user, in: connection) else { throw Problem.unauthenticated() }
            guard Identifier.isValid(videoID, prefix: .video),
                let video = try Videos.find(id: videoID, in: connection), video.state != .blocked
            else { throw Problem.noVideo }
            guard video.state == .playable || video.state == .ready else {
                throw Problem.conflict(
                    "video_not_playable", "The video cannot be watched yet",
                    detail: "Make the room when its state is playable or ready.")
            }
            var room = RoomRecord(
                id: Identifier.make(prefix: .room, at: now), ownerID: user, videoID: video.id, name: video.title,
                createdAt: now)
            wish.apply(to: &room)
            guard try RoomTable.insert(room, in: connection) else {
                throw Problem.conflict(
                    "too_many_rooms", "The account has as many rooms as it may have",
                    detail: "At most \(RoomTable.limit); remove one first.")
            }
            return RoomResponse(room, owner: owner, video: video, summary: nil)
        }
        return try JSONOutput.response(answer, status: .created, headers: [.location: "/v1/rooms/\(answer.id)"])
    }

    func list(_ request: Request) async throws -> Response {
        let query = try RoomListQuery(request.uri.queryParameters)
        let limit = query.page.limit
        let look = query.isOccupied ? Self.look : limit
        var (cursor, found, isMore) = (query.page.cursor, [RoomResponse](), true)
        // Rooms in which nobody is may be many: they are passed over, but not without end for one request.
        for _ in 0..<(query.isOccupied ? Self.looks : 1) where isMore && found.count < limit {
            let rows = try await services.database.read { [cursor] in
                try RoomTable.list(before: cursor, limit: look + 1, in: $0)
            }
            isMore = rows.count > look
            let page = Array(rows.prefix(look))
            cursor = page.last?.id ?? cursor
            let answers = try await answers(page, onlyOccupied: query.isOccupied)
            let rest = limit - found.count
            found += answers.prefix(rest)
            if answers.count > rest { (isMore, cursor) = (true, found.last?.id ?? cursor) }
        }
        return try JSONOutput.response(
            RoomPage(data: found, page: .init(next: isMore ? cursor : nil, limit: limit)))
    }

    /// Most looks into the database for one page of occupied rooms, and rooms a look.
    private static let (looks, look) = (5, 400)

    func show(_ context: APIContext) async throws -> Response {
        try JSONOutput.response(try await answer(try await room(context)))
    }

    func change(_ request: Request, _ context: APIContext) async throws -> Response {
        var room = try await owned(request, context)
        var body = try await JSONObjectBody(request, context)
        let wish = RoomRequest(&body)
        try body.finish()
        wish.apply(to: &room)
        let changed = room
        guard try await services.database.transaction({ try RoomTable.update(changed, in: $0) }) else {
            throw Problem.noRoom
        }
        await announce(room.id)
        return try JSONOutput.response(try await answer(room))
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        let room = try await owned(request, context)
        guard try await services.database.transaction({ try RoomTable.delete(id: room.id, in: $0) }) else {
            throw Problem.noRoom
        }
        await announce(room.id)
        return Response(status: .noContent)
    }

    func bans(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await services.requireUser(request)
        let room = try await room(context)
        do {
            let bans = try await bans.list(of: room, for: user)
            return try JSONOutput.response(BanList(data: bans.map { BanResponse($0) }))
        } catch let fault as RoomFault {
            throw Problem(fault)
        }
    }

    func liftBan(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try await services.requireUser(request)
        let room = try await room(context)
        do {
            try await bans.lift(context.parameters.get("memberId") ?? "", of: room, for: user)
        } catch let fault as RoomFault {
            throw Problem(fault)
        }
        return Response(status: .noContent)
    }

    private var bans: RoomBans { RoomBans(services.rooms, clock: services.clock) }

    /// Tells the nodes; those that do not hear it look within a minute.
    private func announce(_ room: String) async { try? await services.rooms.announceChange(of: room) }

    private func room(_ context: APIContext) async throws -> RoomRecord {
        guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .room),
            let room = try await services.database.read({ try RoomTable.find(id: id, in: $0) })
        else { throw Problem.noRoom }
        return room
    }

    private func owned(_ request: Request, _ context: APIContext) async throws -> RoomRecord {
        let user = try await services.requireUser(request)
        let room = try await room(context)
        guard room.ownerID == user else { throw Problem.forbidden() }
        return room
    }

    private func answer(_ room: RoomRecord) async throws -> RoomResponse {
        guard let answer = try await answers([room]).first else { throw Problem.noRoom }
        return answer
    }

    /// Rooms whose video may be watched, in three queries however many there are.
    private func answers(_ rooms: [RoomRecord], onlyOccupied: Bool = false) async throws -> [RoomResponse] {
        // Who is in them is only worth telling if it can be told.
        let summaries = (try? await services.rooms.summaries(of: rooms.map(\.id))) ?? rooms.map { _ in nil }
        let shown = zip(rooms, summaries).filter { !onlyOccupied || ($0.1?.members ?? 0) > 0 }
        guard !shown.isEmpty else { return [] }
        return try await services.database.read { connection in
            let owners = try Users.find(ids: Set(shown.map(\.0.ownerID)), in: connection)
            let videos = try Videos.find(
                ids: Set(shown.flatMap { [$0.0.videoID, $0.1?.videoID].compactMap(\.self) }), in: connection)
            let ownersByID = Dictionary(uniqueKeysWithValues: owners.map { ($0.id, $0) })
            let videosByID = Dictionary(uniqueKeysWithValues: videos.map { ($0.id, $0) })
            return shown.compactMap { room, summary in
                guard let owner = ownersByID[room.ownerID],
                    let video = summary.flatMap({ videosByID[$0.videoID] }) ?? videosByID[room.videoID],
                    video.state != .blocked
                else { return nil }
                return RoomResponse(room, owner: owner, video: video, summary: summary)
            }
        }
    }
}

/// What an owner may choose, as far as it was said.
private struct RoomRequest: Sendable {
    private let name: String?
    private let mode: RoomMode?
    private let visibility: RoomVisibility?
    private let slowMode: Int?

    init(_ body: inout JSONObjectBody) {
        name = body.optionalText("name", length: 1...100) { text in
            VideoTitle.clean(text) == nil
                ? ("invalid_text", "Must have a character that can be seen, and no control characters.") : nil
        }.flatMap { VideoTitle.clean($0) }
        mode = body.optionalChoice("mode", RoomMode.self)
        visibility = body.optionalChoice("visibility", RoomVisibility.self)
        slowMode = body.optionalInteger("slowModeSec", 0...RoomLimits.slowModeSeconds)
    }

    func apply(to room: inout RoomRecord) {
        if let name { room.name = name }
        if let mode { room.mode = mode }
        if let visibility { room.visibility = visibility }
        if let slowMode { room.slowModeSeconds = slowMode }
    }
}

extension Problem {
    /// 404: no such room.
    static var noRoom: Problem { Problem(.notFound, "room_not_found", "There is no such room") }

    /// What somebody may not do about bans, or what is not there.
    fileprivate init(_ fault: RoomFault) {
        switch fault {
        case .banNotFound: self.init(.notFound, "ban_not_found", fault.title)
        case .notAllowed: self = .forbidden()
        default: self = .unavailable("The room changes too fast; try again.")
        }
    }
}
