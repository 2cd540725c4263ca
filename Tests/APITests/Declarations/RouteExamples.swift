import Accounts
import Catalog
import Foundation
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Rooms
import SQL
import Synchronization
import Testing

@testable import API

/// Runs a test for every route, with `alice` and `bob` registered and a database for each route: none sees what another has
/// left behind.
func forEachRoute(
    clock: WallClock = .system,
    _ body: @escaping @Sendable (Route, Fixture, any TestClientProtocol, _ owner: String) async throws -> Void
) async throws {
    let count = Mutex(1)
    var index = 0
    while index < count.withLock({ $0 }) {
        try await Fixture.run(web: true, clock: clock) { [index] fixture, client in
            fixture.playback.set("#EXTM3U\n", at: "main.m3u8")
            let (_, owner) = try await fixture.signIn("alice")
            _ = try await fixture.signIn("bob")
            let routes = apiRoutes(fixture.services, configuration: APIConfiguration())
            count.withLock { $0 = routes.count }
            try await body(routes[index], fixture, client, owner)
        }
        index += 1
    }
    #expect(index > 30)
}

extension Fixture {
    /// The header that signs in a user who is registered.
    func session(of user: String) async throws -> HTTPField {
        let session = try await accounts.login(identifier: user, password: "correct horse battery", address: "test")
        return HTTPField(name: .authorization, value: "Bearer \(session.token)")
    }
}

extension TestClientProtocol {
    /// Sends the request of a route's example.
    func send(_ example: RouteExamples.Example) async throws -> TestResponse {
        try await executeRequest(
            uri: example.path, method: example.method, headers: example.headers, body: example.body)
    }
}

/// New things of the user `alice`, and for each route the request that its declaration describes.
struct RouteExamples {
    let video: String
    let draft: String
    let room: String
    let webhook: String
    let delivery: String
    let upload: String

    init(_ fixture: Fixture, _ client: any TestClientProtocol, owner: String) async throws {
        var headers = HTTPFields()
        headers.append(try await fixture.session(of: "alice"))
        video = try await fixture.video(of: owner, .ready)
        draft = try await fixture.video(of: owner, .draft)
        let now = fixture.services.clock.now()
        let room = RoomRecord(
            id: Identifier.make(prefix: .room, at: now), ownerID: owner, videoID: video, name: "Film night",
            createdAt: now)
        try await fixture.database.transaction { connection in
            _ = try RoomTable.insert(room, in: connection)
        }
        self.room = room.id
        let made = try json(
            try await client.send(.post, "/v1/webhooks", #"{"url":"https://example.org/"}"#, headers))
        webhook = try #require(made["id"] as? String)
        let test = try json(try await client.send(.post, "/v1/webhooks/\(webhook)/test", nil, headers))
        let delivery = try #require(test["id"] as? String)
        self.delivery = delivery
        try await fixture.database.transaction { [video] connection in
            // Only a delivery that has ended can be sent again.
            try connection.execute("UPDATE webhook_deliveries SET state = 'dead' WHERE id = $1", [.text(delivery)])
            _ = try Captions.put(
                CaptionRecord(
                    videoID: video, generation: 0, track: "sen", language: "en", label: "English",
                    webVTT: "WEBVTT\n", createdAt: now), in: connection)
        }
        var state = RoomState(
            id: room.id, epoch: "e", settings: RoomSettings(room),
            video: RoomVideo(id: video, title: "A film", duration: 60_000), at: now)
        state.sanctions = try JSONDecoder().decode(
            Sanctions.self,
            from: Data(
                #"""
                {"bans":[{"member":"mem_0000000000000000","name":"Eve","by":"alice","since":0,"until":\#(now + 60_000)}],\#
                "mutes":[]}
                """#.utf8))
        fixture.rooms.put(StoredRoom(version: 1, state: state))
        var tus = headers
        tus[.tusResumable] = "1.0.0"
        tus[.uploadLength] = "4"
        tus[.uploadMetadata] = "title QQ=="
        upload = try #require(try await client.send(.post, "/v1/uploads", nil, tus).headers[.location])
    }

    /// A request as the declaration of its route describes it.
    struct Example {
        let method: HTTPRequest.Method
        let path: String
        var headers: HTTPFields
        var body: ByteBuffer?
    }

    /// The request for a route; `nil` if its path has a parameter without an example here.
    func request(for route: Route) -> Example? {
        var headers = HTTPFields()
        for parameter in route.operations.first?.parameters ?? [] where parameter.place == .header {
            guard let name = HTTPField.Name(parameter.name) else { return nil }
            headers[name] = parameter.example
        }
        switch (route.method, route.path) {
        case (_, "/v1/uploads"): headers[.uploadMetadata] = "title QQ=="
        case (.post, "/v1/uploads/{address}"):
            headers[.methodOverride] = "HEAD"
            headers[.tusResumable] = "1.0.0"
        default: break
        }
        headers[.contentType] = route.body?.content.first?.mediaType
        guard let path = path(of: route) else { return nil }
        return Example(
            method: route.method, path: path, headers: headers, body: route.body.map { body(of: $0, route) })
    }

    private func path(of route: Route) -> String? {
        var segments: [String] = []
        for segment in route.path.split(separator: "/") {
            guard segment.hasPrefix("{") || segment == "**" else {
                segments.append(String(segment))
                continue
            }
            guard let value = value(of: segment, route) else { return nil }
            segments.append(value)
        }
        let query = (route.operations.first?.parameters ?? []).filter { $0.place == .query && $0.isRequired }
            .map { parameter in
                let example = parameter.example.replacing("vid_0", with: video)
                return "\(parameter.name)=\(PercentEncoding.encode(example, keepingSlash: false))"
            }
        return "/" + segments.joined(separator: "/") + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    private func value(of segment: Substring, _ route: Route) -> String? {
        switch (segment, route.tag) {
        case ("{id}", .videos), ("{video}", _): video
        case ("{id}", .uploads): draft
        case ("{id}", .rooms): room
        case ("{id}", .webhooks): webhook
        case ("{delivery}", _): delivery
        case ("{memberId}", _): "mem_0000000000000000"
        case ("{language}", _): "en"
        case ("{address}", _): upload.split(separator: "/").last.map { String($0) }
        case ("{generation}", _): "g1"
        case ("**", _): "main.m3u8"
        default: nil
        }
    }

    private func body(of body: BodyDescription, _ route: Route) -> ByteBuffer {
        guard let example = body.example else {
            return ByteBuffer(
                string: route.path.hasSuffix("/captions/{language}")
                    ? "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n" : "film")
        }
        let text = String(buffer: example.bytes)
            .replacingOccurrences(of: "vid_00000000000000000000000000", with: video)
        // The example of a registration is a new user, and that of signing in one who is registered.
        let isSignIn = route.path == "/v1/auth/login"
        return ByteBuffer(string: isSignIn ? text.replacingOccurrences(of: #""ada""#, with: #""alice""#) : text)
    }
}
