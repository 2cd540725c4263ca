import Foundation
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import SQL
import Testing

@testable import API

/// What happens when a request is sent again: limits come as the routes' classes say, and methods that are idempotent change
/// nothing more.
@Suite("Repeated requests", .timeLimit(.minutes(5))) struct RepetitionTests {
    /// More than any class allows.
    private static let calls = 40

    @Test("a route refuses calls beyond the limit with the code of its rate class, and one without a class never does")
    func limits() async throws {
        try await forEachRoute { route, fixture, client, owner in
            let name: Comment = "\(route.method.rawValue) \(route.path)"
            let examples = try await RouteExamples(fixture, client, owner: owner)
            var request = try #require(examples.request(for: route), name)
            request.headers.append(try await fixture.session(of: "alice"))
            if route.rate == .signIn {
                // Only wrong passwords count.
                request.body = request.body.map {
                    ByteBuffer(string: String(buffer: $0).replacing("correct horse battery", with: "wrong password"))
                }
            }
            var codes: [String] = []
            for _ in 0..<Self.calls {
                let answer = try await client.send(request)
                guard answer.status == .tooManyRequests else {
                    #expect(codes.isEmpty, "\(name): a call after a refused one was let in")
                    continue
                }
                codes.append(try #require(try json(answer)["code"] as? String, name))
                #expect((Int(answer.headers[.retryAfter] ?? "") ?? 0) > 0, name)
            }
            #expect(Set(codes) == Set([route.rate.problem?.rawValue].compactMap(\.self)), name)
        }
    }

    @Test(
        "sent twice, GET, HEAD, OPTIONS, PUT and DELETE leave what they leave when sent once, and the first three nothing"
    )
    func idempotence() async throws {
        let now = WallClock.system.now()
        try await forEachRoute(clock: WallClock { now }) { route, fixture, client, owner in
            guard ![.post, .patch].contains(route.method) else { return }
            let name: Comment = "\(route.method.rawValue) \(route.path)"
            let examples = try await RouteExamples(fixture, client, owner: owner)
            var request = try #require(examples.request(for: route), name)
            request.headers.append(try await fixture.session(of: "alice"))
            let before = try await Self.state(of: fixture)
            #expect(try await client.send(request).status.code < 500, name)
            let once = try await Self.state(of: fixture)
            #expect(try await client.send(request).status.code < 500, name)
            #expect(try await Self.state(of: fixture) == once, name)
            if ![.put, .delete].contains(route.method) { #expect(once == before, name) }
        }
    }

    /// All rows of all tables, and the names of all objects.
    private static func state(of fixture: Fixture) async throws -> [String] {
        let rows = try await fixture.database.read { connection in
            var rows: [String] = []
            for table in try connection.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
                let table = try table.text("name")
                let columns = try connection.query("SELECT name FROM pragma_table_info('\(table)')").map {
                    "quote(\(try $0.text("name")))"
                }
                let line = columns.joined(separator: " || ',' || ")
                rows += try connection.query("SELECT \(line) AS line FROM \(table) ORDER BY 1").map {
                    "\(table): \(try $0.text("line"))"
                }
            }
            return rows
        }
        let objects = FileManager.default.enumerator(atPath: fixture.folder + "/media")?.compactMap { $0 as? String }
        return rows + (objects ?? []).sorted()
    }
}
