internal import Accounts
internal import Catalog
internal import Ground
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Rooms
internal import SQL

/// Creating, finding, changing and deleting rooms; what happens in a room goes over its sockets.
func roomRoutes(_ services: Services) -> [Route] {
    let handlers = RoomHandlers(services: services)
    return [
        Route(
            .post, "/v1/rooms", "createRoom", "Create a room in which a video is watched together", tag: .rooms,
            access: .user(services), body: .json(NewRoom.self),
            answers: [.json(201, RoomResponse.self, "The room.", headers: [.location])],
            problems: [.videoNotFound, .videoNotPlayable, .tooManyRooms], handler: handlers.create),
        Route(
            .get, "/v1/rooms", "listRooms", "List public rooms, newest first", tag: .rooms, access: .anyone,
            parameters: RoomListQuery.parameters, answers: [.json(RoomPage.self, "A page.")],
            problems: [.validationFailed], handler: handlers.list),
        Route(
            .get, "/v1/rooms/{id}", "getRoom", "A room", tag: .rooms, access: .roomViewer(services),
            answers: [.json(RoomResponse.self, "The room.")], handler: handlers.show),
        Route(
            .patch, "/v1/rooms/{id}", "changeRoom", "Change a room; its members learn of it at once", tag: .rooms,
            access: .roomOwner(services), body: .json(RoomChangeRequest.self, mergePatch: true),
            answers: [.json(RoomResponse.self, "The room as it is now.")], handler: handlers.change),
        Route(
            .delete, "/v1/rooms/{id}", "deleteRoom", "Close a room and disconnect everybody in it", tag: .rooms,
            access: .roomOwner(services), answers: [.empty("The room is deleted.")], handler: handlers.delete),
        Route(
            .get, "/v1/rooms/{id}/bans", "listRoomBans",
            "Who is banned from a room, newest first; for its owner and its current host", tag: .rooms,
            access: .roomModerator(services), answers: [.json(BanList.self, "The bans that hold.")],
            handler: handlers.bans),
        Route(
            .delete, "/v1/rooms/{id}/bans/{memberId}", "liftRoomBan", "Lift a ban", tag: .rooms,
            access: .roomModerator(services),
            parameters: [
                .path(
                    "memberId", .text(pattern: "^mem_[0-9a-hjkmnp-tv-z]{16}$"), "The member who was banned.",
                    example: "mem_0000000000000000")
            ],
            answers: [.empty("The ban is lifted.")], problems: [.banNotFound], handler: handlers.liftBan),
        socketRoute,
    ]
}

/// The address of a room's socket as a request without an upgrade sees it: it says what to send. ``RoomServer`` serves the
/// sockets themselves.
let socketRoute = Route(
    .get, "/v1/rooms/{id}/ws", "enterRoom", "A room's WebSocket",
    description:
        "Messages in both directions; the protocol is in docs/rooms.md. A request without an upgrade gets 426.",
    tag: .rooms, access: .anyone, parameters: [.roomID],
    answers: [.empty(101, "The connection is a WebSocket from here on.")],
    problems: [.roomNotFound, .upgradeRequired]
) { call in
    let isRoom = call.context.parameters.get("id").map { Identifier.isValid($0, prefix: .room) } ?? false
    throw isRoom ? Problem.upgradeRequired : Problem(.roomNotFound)
}

extension Parameter {
    fileprivate static let roomID = Parameter.identifier(.room, "The room.")
}

extension Access where Caller == RoomRecord {
    /// Everybody, if the room in the path exists.
    fileprivate static func roomViewer(_ services: Services) -> Access {
        Access(.anyone, parameters: [.roomID], problems: [.roomNotFound]) { _, context in
            try await services.room(context)
        }
    }

    /// The owner of the room in the path.
    fileprivate static func roomOwner(_ services: Services) -> Access {
        Access(.owner(refusal: .forbidden), parameters: [.roomID], problems: [.roomNotFound]) { request, context in
            let user = try await services.requireUser(request)
            let room = try await services.room(context)
            guard room.ownerID == user else { throw Problem(.forbidden) }
            return room
        }
    }
}

/// A user who may moderate a room, and the room's bans.
private struct RoomModerator: Sendable {
    let room: RoomRecord
    let user: String
    let bans: [Ban]
}

extension Access where Caller == RoomModerator {
    /// The owner of the room in the path or its current host, whom only the room's state names: `RoomBans` looks there.
    fileprivate static func roomModerator(_ services: Services) -> Access {
        Access(.owner(refusal: .forbidden), parameters: [.roomID], problems: [.roomNotFound]) { request, context in
            let user = try await services.requireUser(request)
            let room = try await services.room(context)
            return RoomModerator(room: room, user: user, bans: try await services.bans.list(of: room, for: user))
        }
    }
}

extension Services {
    /// The room in the path.
    /// - Throws: ``Problem`` with 404.
    fileprivate func room(_ context: APIContext) async throws -> RoomRecord {
        guard let id = context.parameters.get("id"), Identifier.isValid(id, prefix: .room),
            let room = try await database.read({ try RoomTable.find(id: id, in: $0) })
        else { throw Problem(.roomNotFound) }
        return room
    }

    fileprivate var bans: RoomBans { RoomBans(rooms, clock: clock) }
}

/// Which page of which rooms a client wants.
struct RoomListQuery: Sendable {
    /// Which page.
    let page: PageQuery
    /// Whether only rooms with somebody in them are wanted.
    let isOccupied: Bool

    /// Reads the query; fields that it does not know are ignored.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>) throws {
        var query = QueryReader(parameters)
        page = PageQuery(&query, prefix: .room)
        isOccupied = query.flag("occupied")
        try query.finish()
    }

    static let parameters =
        PageQuery.parameters(.room) + [.flag("occupied", "`1` leaves out empty rooms.")]
}

/// The handlers of the routes under `/v1/rooms`.
private struct RoomHandlers: Sendable {
    let services: Services

    /// Most database reads for one page of occupied rooms, and most rooms of each.
    private static let (reads, roomsPerRead) = (5, 400)

    @Sendable func create(_ call: Call<String, NewRoom>) async throws -> Response {
        let (user, new) = (call.caller, call.content)
        let now = services.clock.now()
        let answer = try await services.database.transaction { connection -> RoomResponse in
            guard let owner = try Users.find(id: user, in: connection) else { throw Problem.unauthenticated() }
            guard Identifier.isValid(new.videoID, prefix: .video),
                let video = try Videos.find(id: new.videoID, in: connection), video.state != .blocked
            else { throw Problem(.videoNotFound) }
            guard video.state == .playable || video.state == .ready else {
                throw Problem(.videoNotPlayable, detail: "Create the room when its state is playable or ready.")
            }
            var room = RoomRecord(
                id: Identifier.make(prefix: .room, at: now), ownerID: user, videoID: video.id, name: video.title,
                createdAt: now)
            new.settings.apply(to: &room)
            guard try RoomTable.insert(room, in: connection) else {
                throw Problem(.tooManyRooms, detail: "At most \(RoomTable.limit); delete one first.")
            }
            return RoomResponse(room, owner: owner, video: video, summary: nil)
        }
        return try JSONOutput.response(answer, status: .created, headers: [.location: "/v1/rooms/\(answer.id)"])
    }

    @Sendable func list(_ call: Call<Void, Void>) async throws -> Response {
        let query = try RoomListQuery(call.request.uri.queryParameters)
        let limit = query.page.limit
        let count = query.isOccupied ? Self.roomsPerRead : limit
        var (cursor, found, isMore) = (query.page.cursor, [RoomResponse](), true)
        // Empty rooms may be many: they are skipped, but one request skips a bounded number of them.
        for _ in 0..<(query.isOccupied ? Self.reads : 1) where isMore && found.count < limit {
            let rows = try await services.database.read { [cursor] in
                try RoomTable.list(before: cursor, limit: count + 1, in: $0)
            }
            isMore = rows.count > count
            let page = Array(rows.prefix(count))
            cursor = page.last?.id ?? cursor
            let responses = try await responses(page, onlyOccupied: query.isOccupied)
            let rest = limit - found.count
            found += responses.prefix(rest)
            if responses.count > rest { (isMore, cursor) = (true, found.last?.id ?? cursor) }
        }
        return try JSONOutput.response(
            RoomPage(data: found, page: .init(next: isMore ? cursor : nil, limit: limit)))
    }

    @Sendable func show(_ call: Call<RoomRecord, Void>) async throws -> Response {
        try JSONOutput.response(try await response(call.caller))
    }

    @Sendable func change(_ call: Call<RoomRecord, RoomChangeRequest>) async throws -> Response {
        var room = call.caller
        call.content.settings.apply(to: &room)
        let changed = room
        guard try await services.database.transaction({ try RoomTable.update(changed, in: $0) }) else {
            throw Problem(.roomNotFound)
        }
        await announce(room.id)
        return try JSONOutput.response(try await response(room))
    }

    @Sendable func delete(_ call: Call<RoomRecord, Void>) async throws -> Response {
        let id = call.caller.id
        guard try await services.database.transaction({ try RoomTable.delete(id: id, in: $0) }) else {
            throw Problem(.roomNotFound)
        }
        await announce(id)
        return Response(status: .noContent)
    }

    @Sendable func bans(_ call: Call<RoomModerator, Void>) async throws -> Response {
        try JSONOutput.response(BanList(data: call.caller.bans.map { BanResponse($0) }))
    }

    @Sendable func liftBan(_ call: Call<RoomModerator, Void>) async throws -> Response {
        let member = call.context.parameters.get("memberId") ?? ""
        // Asks the state again in each attempt: somebody else may have become the host since the user was let in.
        try await services.bans.lift(member, of: call.caller.room, for: call.caller.user)
        return Response(status: .noContent)
    }

    /// Tells all nodes of a change; a node that misses the message finds the change within a minute.
    private func announce(_ room: String) async { try? await services.rooms.announceChange(of: room) }

    private func response(_ room: RoomRecord) async throws -> RoomResponse {
        guard let response = try await responses([room]).first else { throw Problem(.roomNotFound) }
        return response
    }

    /// Rooms whose video may be watched, in three queries for any number of rooms.
    private func responses(_ rooms: [RoomRecord], onlyOccupied: Bool = false) async throws -> [RoomResponse] {
        // Where Redis does not answer, rooms are shown as empty.
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
