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

/// Every route is called by everybody; who is let in must be what the route's declaration says.
@Suite("Permissions of routes", .timeLimit(.minutes(5))) struct PermissionTests {
    private enum Caller: CaseIterable {
        case anonymous, stranger, owner
    }

    @Test("every route lets in whom its declaration names, and ends only with codes that it declares")
    func matrix() async throws {
        var count = 1
        var index = 0
        // A database for each route: none may see what another has left behind.
        while index < count {
            count = try await call(index)
            index += 1
        }
        #expect(count > 30)
    }

    /// Calls a route as everybody.
    /// - Returns: The number of routes.
    private func call(_ index: Int) async throws -> Int {
        let count = Mutex(0)
        try await Fixture.run { fixture, client in
            fixture.playback.set("#EXTM3U\n", at: "main.m3u8")
            let (_, owner) = try await fixture.signIn("alice")
            _ = try await fixture.signIn("bob")
            let routes = try apiRoutes(fixture.services, configuration: APIConfiguration())
            count.withLock { $0 = routes.count }
            for route in routes[index...].prefix(1) {
                for caller in Caller.allCases {
                    let name: Comment = "\(route.method.rawValue) \(route.path) called by \(caller)"
                    let things = try await Things(fixture, client, owner: owner)
                    var request = try #require(things.request(for: route), name)
                    switch caller {
                    case .anonymous: break
                    case .stranger: request.headers.append(try await session("bob", fixture))
                    case .owner: request.headers.append(try await session("alice", fixture))
                    }
                    let answer = try await client.executeRequest(
                        uri: request.path, method: route.method, headers: request.headers, body: request.body)
                    try check(answer, of: route, caller, name)
                }
            }
        }
        return count.withLock { $0 }
    }

    private func check(_ answer: TestResponse, of route: Route, _ caller: Caller, _ name: Comment) throws {
        let isProblem = answer.headers[.contentType] == "application/problem+json"
        let code = isProblem && answer.body.readableBytes > 0 ? try json(answer)["code"] as? String : nil
        if let refusal = Self.refusal(of: caller, by: route.access) {
            #expect(answer.status == refusal.status, name)
            #expect(route.method == .head || code == refusal.rawValue, name)
        } else if isProblem {
            let declared = route.problems.filter { !route.access.problems.contains($0) }
            // An upload's address with a method override names other routes; without one the method is wrong.
            let codes = declared + (route.access == .secretOfPath ? ProblemCode.ofEveryRoute : [])
            #expect(codes.contains { $0.status == answer.status && (code == nil || $0.rawValue == code) }, name)
            #expect(answer.status != .unprocessableContent, "the example of the body is not valid: \(name)")
        } else {
            #expect(route.answers.contains { $0.status == answer.status.code }, name)
        }
    }

    private static func refusal(of caller: Caller, by rule: AccessRule) -> ProblemCode? {
        switch (rule, caller) {
        case (.user, .anonymous), (.owner, .anonymous): .authenticationRequired
        case (.owner(let refusal), .stranger): refusal
        case (.user, _), (.owner, .owner), (.anyone, _), (.anyoneOrUser, _), (.userForSomeQueries, _),
            (.secretOfPath, _):
            nil
        }
    }

    private func session(_ user: String, _ fixture: Fixture) async throws -> HTTPField {
        let session = try await fixture.accounts.login(
            identifier: user, password: "correct horse battery", address: "test")
        return HTTPField(name: .authorization, value: "Bearer \(session.token)")
    }

    /// New things of one owner, for one request.
    private struct Things {
        let video: String
        let draft: String
        let room: String
        let webhook: String
        let delivery: String
        let upload: String

        init(_ fixture: Fixture, _ client: any TestClientProtocol, owner: String) async throws {
            let session = try await fixture.accounts.login(
                identifier: "alice", password: "correct horse battery", address: "test")
            let headers: HTTPFields = [.authorization: "Bearer \(session.token)"]
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
            delivery = try #require(test["id"] as? String)
            var tus = headers
            tus[.tusResumable] = "1.0.0"
            tus[.uploadLength] = "4"
            tus[.uploadMetadata] = "title QQ=="
            upload = try #require(try await client.send(.post, "/v1/uploads", nil, tus).headers[.location])
        }

        /// A request for a route, as its declaration describes it.
        func request(for route: Route) -> (path: String, headers: HTTPFields, body: ByteBuffer?)? {
            var headers = HTTPFields()
            for parameter in route.operations.first?.parameters ?? [] where parameter.place == .header {
                guard let name = HTTPField.Name(parameter.name) else { return nil }
                headers[name] = parameter.example
            }
            if route.path == "/v1/uploads" { headers[.uploadMetadata] = "title QQ==" }
            headers[.contentType] = route.body?.content.first?.mediaType
            guard let path = path(of: route) else { return nil }
            return (path, headers, route.body.map { body(of: $0, route) })
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
            return "/" + segments.joined(separator: "/")
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
            return ByteBuffer(string: text.replacingOccurrences(of: "vid_00000000000000000000000000", with: video))
        }
    }
}
