import API
import Catalog
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Pipeline
import SQL
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct MediaRoutesTests {
    private static let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    /// Runs a test with a ready video that has one segment: its folder's path is given.
    private func withVideo(
        _ setup: TestingSetup = .router,
        _ body: @escaping @Sendable (Fixture, any TestClientProtocol, String) async throws -> Void
    ) async throws {
        try await Fixture.run(setup) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            try await fixture.store.put(Self.bytes, at: "videos/\(id)/g1/v240/00001.m4s")
            try await fixture.store.put([UInt8](), at: "videos/\(id)/g1/v240/00002.m4s")
            try await fixture.store.put([1], at: "sources/\(id)/original")
            fixture.playback.set("#EXTM3U\n" + String(repeating: "#EXTINF:4,\n", count: 99), at: "main.m3u8")
            try await body(fixture, client, "/v/\(id)/g1")
        }
    }

    @Test("ranges, in memory and over a socket", arguments: [TestingSetup.router, .live])
    func ranges(setup: TestingSetup) async throws {
        try await withVideo(setup) { _, client, base in
            let path = base + "/v240/00001.m4s"
            let size = Self.bytes.count
            for (range, first, last) in [
                ("bytes=0-0", 0, 0), ("bytes=0-", 0, size - 1), ("bytes=10-19", 10, 19),
                ("bytes=-7", size - 7, size - 1),
                ("bytes=5-99999999", 5, size - 1), ("bytes=-99999999999999999999", 0, size - 1),
                ("Bytes = 1-2".replacing(" ", with: ""), 1, 2),
            ] {
                let part = try await client.send(.get, path, nil, [.range: range])
                #expect(part.status == .partialContent, "\(range)")
                #expect(part.headers[.contentRange] == "bytes \(first)-\(last)/\(size)")
                #expect(Array(part.body.readableBytesView) == Array(Self.bytes[first...last]))
            }
            let beyond = try await client.send(.get, path, nil, [.range: "bytes=\(size)-"])
            try expectProblem(beyond, 416, "range_not_satisfiable")
            #expect(beyond.headers[.contentRange] == "bytes */\(size)")
            for ignored in [
                "lines=1-2", "bytes=5-2", "bytes=x-y", "bytes=1-2,5-6", "bytes=--5", "bytes=1_0-2", "bytes",
            ] {
                let whole = try await client.send(.get, path, nil, [.range: ignored])
                #expect(whole.status == .ok, "\(ignored)")
                #expect(Array(whole.body.readableBytesView) == Self.bytes)
            }
        }
    }

    @Test("a store is asked once for a segment, however it is asked for")
    func questions() async throws {
        let counting = Counting()
        try await Fixture.run(counting: counting) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            try await fixture.store.put(Self.bytes, at: "videos/\(id)/g1/v240/00001.m4s")
            let path = "/v/\(id)/g1/v240/00001.m4s"
            let tag = try #require(try await client.send(.get, path).headers[.eTag])
            for (method, headers, sizes, reads) in [
                (.get, [:], 0, 1), (.get, [.range: "bytes=0-9"], 0, 1), (.get, [.range: "bytes=10-"], 0, 1),
                (.get, [.range: "lines=1-2"], 0, 1), (.head, [:], 1, 0), (.get, [.ifNoneMatch: tag], 1, 0),
                // Where the last bytes are is not known before, nor whether a range is wanted at all.
                (.get, [.range: "bytes=-9"], 1, 1), (.get, [.range: "bytes=0-9", .ifRange: tag], 1, 1),
            ] as [(HTTPRequest.Method, HTTPFields, Int, Int)] {
                counting.reset()
                _ = try await client.send(method, path, nil, headers)
                #expect(counting["size"] == sizes && counting["read"] == reads, "\(method) \(headers)")
            }
        }
    }

    @Test("validators, caching, HEAD and what other origins may see")
    func headers() async throws {
        try await withVideo(.live) { _, client, base in
            let path = base + "/v240/00001.m4s"
            let whole = try await client.send(.get, path)
            #expect(whole.headers[.contentType] == "video/iso.segment")
            #expect(whole.headers[.cacheControl] == "public, max-age=31536000, immutable")
            #expect(whole.headers[.acceptRanges] == "bytes")
            #expect(whole.headers[.accessControlAllowOrigin] == "*")
            #expect(whole.headers[.accessControlExposeHeaders]?.contains("Content-Range") == true)
            let tag = try #require(whole.headers[.eTag])
            #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""))
            for match in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                let same = try await client.send(.get, path, nil, [.ifNoneMatch: match])
                #expect(same.status == .notModified, "\(match)")
                #expect(same.headers[.eTag] == tag)
                #expect(same.body.readableBytes == 0)
            }
            let part = try await client.send(.get, path, nil, [.range: "bytes=0-9", .ifRange: tag])
            #expect(part.status == .partialContent)
            for other in ["\"x\"", "W/\(tag)", "Sun, 06 Nov 1994 08:49:37 GMT"] {
                #expect(try await client.send(.get, path, nil, [.range: "bytes=0-9", .ifRange: other]).status == .ok)
            }
            let head = try await client.send(.head, path)
            #expect(head.status == .ok)
            #expect(head.headers[.contentLength] == "\(Self.bytes.count)")
            #expect(head.headers[.eTag] == tag)
            let empty = try await client.send(.get, base + "/v240/00002.m4s")
            #expect(empty.status == .ok && empty.body.readableBytes == 0)
        }
    }

    @Test("playlists: compressed where that is taken, revalidated, never for what is gone")
    func playlists() async throws {
        try await withVideo { fixture, client, base in
            let plain = try await client.send(.get, base + "/main.m3u8")
            #expect(plain.headers[.contentType] == "application/vnd.apple.mpegurl")
            #expect(plain.headers[.cacheControl] == "public, max-age=60")
            #expect(plain.headers[.contentEncoding] == nil)
            let packed = try await client.send(.get, base + "/main.m3u8", nil, [.acceptEncoding: "br, gzip;q=0.5"])
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(packed.headers[.vary] == "Accept-Encoding")
            #expect(packed.headers[.eTag] == "W/" + (plain.headers[.eTag] ?? ""))
            #expect(packed.body.readableBytes < plain.body.readableBytes / 3)
            let refused = try await client.send(.get, base + "/main.m3u8", nil, [.acceptEncoding: "gzip;q=0, *"])
            #expect(refused.headers[.contentEncoding] == nil)
            let part = try await client.send(.get, base + "/main.m3u8", nil, [.range: "bytes=0-6"])
            #expect(part.status == .partialContent && String(buffer: part.body) == "#EXTM3U")
            fixture.playback.set("#EXTM3U\n", at: "v240/index.m3u8", isFinal: false)
            #expect(try await client.send(.get, base + "/v240/index.m3u8").headers[.cacheControl] == "no-cache")
            let id = String(base.split(separator: "/")[1])
            _ = try await fixture.database.transaction { try Videos.delete(id, in: $0) }
            try expectProblem(try await client.send(.get, base + "/main.m3u8"), 404, "not_found")
        }
    }

    @Test("a request for an object that does not exist yet waits, then gets a retry time")
    func pending() async throws {
        try await withVideo { fixture, client, base in
            fixture.playback.set(.pending, at: "v240/00003.m4s")
            let later = try await client.send(.get, base + "/v240/00003.m4s")
            try expectProblem(later, 503, "segment_pending")
            #expect(later.headers[.retryAfter] == "2")
            // Said to be there, and is not: somebody deleted it meanwhile.
            fixture.playback.set(.available, at: "v240/00004.m4s")
            try expectProblem(try await client.send(.get, base + "/v240/00004.m4s"), 404, "not_found")
        }
    }

    @Test(
        "an object has one address",
        arguments: [
            "/../g1/v240/00001.m4s", "/%2e%2e/original", "/v240//00001.m4s", "/v240/%00", "//v240/00001.m4s",
            "/v240/../../../../sources", "/v240%2f00001.m4s", "/v240/0000%31.m4s", "/./v240/00001.m4s",
        ])
    func spellings(path: String) async throws {
        try await withVideo { _, client, base in
            try expectProblem(try await client.send(.get, base + path), 400, "invalid_target")
        }
    }

    @Test(
        "nothing but objects of the generation",
        arguments: [
            "/v240/99999.m4s", "/nothing.m3u8", "/v240/00001.m4s/", "/.tmp/x", "/v240/00001.m4s%20", "/v240",
        ])
    func outside(path: String) async throws {
        try await withVideo { _, client, base in
            try expectProblem(try await client.send(.get, base + path), 404, "not_found")
            for other in [
                "/v/x/g1", "/v/vid_/g1", base.replacing("g1", with: "g01"), base.replacing("g1", with: "1"),
                base.replacing("g1", with: "g0"), base.replacing("g1", with: "g99999999999999999999"),
            ] {
                #expect(try await client.send(.get, other + "/v240/00001.m4s").status == .notFound)
            }
            #expect(try await client.send(.post, base + "/v240/00001.m4s", "{}").status == .methodNotAllowed)
        }
    }
}
