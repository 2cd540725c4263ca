import Catalog
import Foundation
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import SQL
import Storage
import Synchronization
import Telemetry
import Testing

@testable import API

@Suite("Responses from the cache", .timeLimit(.minutes(1))) struct CachedResponseTests {
    private static let small = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    private static let large = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 11) }

    /// Runs a test over sockets with a ready video of two segments, the second of them too large for memory. Time stands
    /// still, so that no response becomes too old.
    private func withVideo(
        accelRedirect: AccelRedirect? = nil, trustedProxies: Int = 0,
        _ body: @escaping @Sendable (Fixture, any TestClientProtocol, Counting, String, HTTPFields) async throws -> Void
    ) async throws {
        let counting = Counting()
        try await Fixture.run(
            .live, accelRedirect: accelRedirect, clock: WallClock { 1_700_000_000_000 }, counting: counting,
            configure: { $0.trustedProxies = trustedProxies }
        ) { fixture, client in
            let (headers, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            try await fixture.store.put(Self.small, at: "videos/\(id)/g1/v240/00001.m4s")
            try await fixture.store.put(Self.large, at: "videos/\(id)/g1/v240/00002.m4s")
            _ = try await fixture.database.transaction {
                try $0.execute("UPDATE videos SET generation = 1 WHERE id = $1", [.text(id)])
            }
            fixture.playback.set("#EXTM3U\n" + String(repeating: "#EXTINF:4,\n", count: 99), at: "main.m3u8")
            try await body(fixture, client, counting, id, headers)
        }
    }

    /// Headers that do not differ from request to request.
    private func constant(_ response: TestResponse) -> [String] {
        response.headers.filter { $0.name != .date && $0.name != .requestID }.map { "\($0)" }.sorted()
    }

    @Test("a segment is sent again without store and database, with the same head", arguments: ["00001", "00002"])
    func segments(name: String) async throws {
        try await withVideo { fixture, client, counting, id, _ in
            let path = "/v/\(id)/g1/v240/\(name).m4s"
            let first = try await client.send(.get, path)
            let expected = name == "00001" ? Self.small : Self.large
            #expect(Array(first.body.readableBytesView) == expected)
            counting.reset()
            for number in 0..<5 {
                let again = try await client.send(.get, path, nil, [.requestID: "own-\(number)"])
                #expect(again.status == .ok && Array(again.body.readableBytesView) == expected)
                #expect(constant(again) == constant(first))
                #expect(again.headers[.requestID] == "own-\(number)" && again.headers[.date] != nil)
            }
            #expect(counting["read"] == 0 && counting["size"] == 0 && counting["query"] == 0)
            let made = try await client.send(.get, path).headers[.requestID]
            #expect(made?.hasPrefix("req_") == true && made?.utf8.count == 24)
            let text = fixture.metrics.text
            #expect(text.contains(#"requests_total{method="GET",route="/v/{video}/{generation}/**",status="2xx"} 7"#))
            #expect(text.contains("videohost_http_requests_in_flight 0"))
            #expect(text.contains("response_bytes_total{route=\"/v/{video}/{generation}/**\"} \(expected.count * 7)"))
        }
    }

    @Test("requests for anything but the whole get what they ask for, also behind cached responses")
    func others() async throws {
        try await withVideo { _, client, _, id, _ in
            let path = "/v/\(id)/g1/v240/00002.m4s"
            let tag = try #require(try await client.send(.get, path).headers[.eTag])
            #expect(try await client.send(.get, path).status == .ok)
            let part = try await client.send(.get, path, nil, [.range: "bytes=10-19"])
            #expect(part.status == .partialContent && Array(part.body.readableBytesView) == Array(Self.large[10...19]))
            #expect(try await client.send(.get, path, nil, [.ifNoneMatch: tag]).status == .notModified)
            let head = try await client.send(.head, path)
            #expect(head.headers[.contentLength] == "\(Self.large.count)" && head.body.readableBytes == 0)
            let other = try await client.send(.get, path + "?x=1")
            #expect(other.status == .ok && Array(other.body.readableBytesView) == Self.large)
            try expectProblem(try await client.send(.get, path + "?%"), 400, "invalid_target")
            try expectProblem(try await client.send(.post, path), 405, "method_not_allowed")
        }
    }

    @Test("responses come in the order of their requests, whoever answers them, and the connection ends when asked to")
    func order() async throws {
        try await withVideo { _, client, _, id, _ in
            let (path, large) = ("/v/\(id)/g1/v240/00001.m4s", "/v/\(id)/g1/v240/00002.m4s")
            for path in [path, large] { _ = try await client.send(.get, path) }
            func request(_ path: String, _ name: String, _ more: String = "") -> String {
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: \(name)\r\n\(more)\r\n"
            }
            let requests =
                request(path, "one") + request(large, "two") + request("/health/live", "three")
                + request(large, "four") + request(large, "four2")
                + request(path, "five", "Range: bytes=0-1\r\n") + request(path, "six", "Connection: close\r\n")
            let got = try await ConnectionTests().talk(try #require(client.port), requests)
            let names = got.split(separator: "\r\n").compactMap { line in
                line.hasPrefix("X-Request-ID: ") ? String(line.dropFirst(14)) : nil
            }
            #expect(names == ["one", "two", "three", "four", "four2", "five", "six"])
            #expect(got.components(of: "HTTP/1.1 200 OK") == 6 && got.components(of: "HTTP/1.1 206") == 1)
            #expect(got.components(of: "Connection: close") == 1)
        }
    }

    @Test("what is blocked or deleted is refused at once, as soon as the node hears of it", arguments: [false, true])
    func withdrawal(byProxy: Bool) async throws {
        let redirect = byProxy ? AccelRedirect(prefix: "/_media") : nil
        try await withVideo(accelRedirect: redirect) { fixture, client, counting, id, headers in
            let objects = ["v240/00001.m4s", "v240/00002.m4s", "main.m3u8"].map { "/v/\(id)/g1/\($0)" }
            let paths = objects + ["/v1/videos/\(id)"]
            func warm() async throws {
                for path in paths {
                    for _ in 0..<3 { #expect(try await client.send(.get, path).status == .ok) }
                    counting.reset()
                    #expect(try await client.send(.get, path).status == .ok)
                    #expect(counting["query"] == 0, "\(path) is cached")
                }
            }
            try await warm()
            try await fixture.block(id)
            // What the listener of a node calls when another process has announced the block.
            fixture.services.gate.withdraw(video: id)
            for path in paths { try expectProblem(try await client.send(.get, path), 403, "video_blocked") }
            #expect(try await fixture.database.transaction { try Videos.unblock(id, at: 1, in: $0) })
            fixture.services.gate.withdraw(video: id)
            try await warm()
            #expect(try await client.send(.delete, "/v1/videos/\(id)", nil, headers).status == .noContent)
            for path in paths { #expect(try await client.send(.get, path).status == .notFound, "\(path)") }
        }
    }

    @Test("playlists and documents are sent from memory until their video changes, here or on another node")
    func changes() async throws {
        try await withVideo { fixture, client, counting, id, headers in
            let (playlist, document) = ("/v/\(id)/g1/main.m3u8", "/v1/videos/\(id)")
            for path in [playlist, document] {
                for fields in [[:], [.acceptEncoding: "gzip"], [.origin: "https://example.org"]] as [HTTPFields] {
                    let first = try await client.send(.get, path, nil, fields)
                    for _ in 0..<2 { _ = try await client.send(.get, path, nil, fields) }
                    counting.reset()
                    let again = try await client.send(.get, path, nil, fields)
                    #expect(again.body == first.body && constant(again) == constant(first), "\(path) \(fields)")
                    #expect(counting["query"] == 0, "\(path) \(fields)")
                }
            }
            // On this node: whoever changes a video reads the change.
            let change = try await client.send(.patch, document, #"{"title": "Another"}"#, headers)
            #expect(change.status == .ok)
            #expect(try json(try await client.send(.get, document))["title"] as? String == "Another")
            for _ in 0..<3 { _ = try await client.send(.get, document) }
            // On another one: the notice ends what is cached.
            fixture.playback.set("#EXTM3U\n", at: "main.m3u8")
            _ = try await fixture.database.transaction {
                try $0.execute("UPDATE videos SET title = 'A third' WHERE id = $1", [.text(id)])
            }
            await fixture.changes.announce(video: id)
            while try json(try await client.send(.get, document))["title"] as? String != "A third" {}
            while String(buffer: try await client.send(.get, playlist).body) != "#EXTM3U\n" {}
        }
    }

    @Test("a host that the server does not have, and an address with too many requests, are refused as ever")
    func checks() async throws {
        try await withVideo(trustedProxies: 1) { fixture, client, counting, id, _ in
            let path = "/v/\(id)/g1/v240/00001.m4s"
            _ = try await client.send(.get, path)
            counting.reset()
            for _ in 0..<600 {
                let answer = try await client.send(.get, path, nil, [.forwardedFor: "192.0.2.1"])
                #expect(answer.status == .ok)
            }
            #expect(counting["query"] == 0, "places of an address are given back")
        }
    }

    @Test("which requests get the same response")
    func keys() throws {
        func key(_ target: String, _ acceptEncoding: [String] = [], _ hasOrigin: Bool = false) -> ResponseCache.Key? {
            ResponseCache.Key(target: target, acceptEncoding: acceptEncoding, hasOrigin: hasOrigin)
        }
        #expect(key("/v/x/g1/a.m4s") == key("/v/x/g1/a.m4s", ["gzip"], true))
        #expect(key("/v/x/g1/a.m3u8", ["gzip"]) == key("/v/x/g1/a.m3u8", ["br, gzip;q=0.5"], true))
        #expect(key("/v/x/g1/a.m3u8", ["gzip"]) != key("/v/x/g1/a.m3u8"))
        #expect(key("/v1/videos/x") != key("/v1/videos/x", [], true))
        for target in ["/v/x/g1/a.m4s?x", "/v1/rooms/x", "/v1/videos", "/"] { #expect(key(target) == nil) }
    }

    @Test("files that nobody asks for any more are closed")
    func closing() async throws {
        let time = Mutex<Int64>(1_700_000_000_000)
        try await Fixture.run(.live, clock: WallClock { time.withLock { $0 } }) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            try await fixture.store.put(Self.large, at: "videos/\(id)/g1/v240/00002.m4s")
            _ = try await client.send(.get, "/v/\(id)/g1/v240/00002.m4s")
            #expect(Self.openFiles(named: id) == 1)
            time.withLock { $0 += 61_000 }
            _ = try await client.send(.get, "/health/live")
            #expect(Self.openFiles(named: id) == 0)
        }
    }

    /// How many files this process has open whose path has a text.
    private static func openFiles(named text: String) -> Int {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        let targets = names.compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)") }
        return targets.count { $0.contains(text) }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
