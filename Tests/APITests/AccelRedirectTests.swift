import API
import Catalog
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct AccelRedirectTests {
    private static let field = HTTPField.Name("X-Accel-Redirect")

    @Test("an object is named instead of sent, with the headers that it would have")
    func object() async throws {
        let redirect = try #require(AccelRedirect(prefix: "/_media"))
        try await Fixture.run(.live, accelRedirect: redirect) { fixture, client in
            let field = try #require(Self.field)
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            let key = "videos/\(id)/g1/v240/00001.m4s"
            try await fixture.store.put([UInt8](repeating: 7, count: 1000), at: key)
            let path = "/v/\(id)/g1/v240/00001.m4s"

            for (method, range) in [
                (HTTPRequest.Method.get, ""), (.head, ""), (.get, "bytes=10-19"), (.get, "bytes=-5"), (.get, "lines=1"),
            ] {
                let answer = try await client.send(method, path, nil, range.isEmpty ? [:] : [.range: range])
                #expect(answer.status == .ok, "\(method) \(range)")
                #expect(answer.headers[field] == "/_media/" + key)
                #expect(answer.headers[.contentRange] == nil)
                #expect(answer.headers[.contentType] == "video/iso.segment")
                #expect(answer.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(answer.headers[.accessControlAllowOrigin] == "*")
                #expect(answer.body.readableBytes == 0)
            }
            let tag = try #require(try await client.send(.get, path).headers[.eTag])
            let same = try await client.send(.get, path, nil, [.ifNoneMatch: tag])
            #expect(same.status == .notModified && same.headers[field] == nil)
            let beyond = try await client.send(.get, path, nil, [.range: "bytes=1000-"])
            try expectProblem(beyond, 416, "range_not_satisfiable")
            #expect(beyond.headers[field] == nil)
        }
    }

    @Test("playlists are sent, and what is not there is not named")
    func others() async throws {
        try await Fixture.run(accelRedirect: AccelRedirect(prefix: "/_media/")) { fixture, client in
            let field = try #require(Self.field)
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            fixture.playback.set("#EXTM3U\n", at: "main.m3u8")
            let playlist = try await client.send(.get, "/v/\(id)/g1/main.m3u8")
            #expect(playlist.headers[field] == nil && String(buffer: playlist.body) == "#EXTM3U\n")
            let outside = try await client.send(.get, "/v/\(id)/g1/../../../sources/\(id)/original")
            try expectProblem(outside, 400, "invalid_target")
            #expect(outside.headers[field] == nil)
            for path in ["v240/99999.m4s", "v240"] {
                let answer = try await client.send(.get, "/v/\(id)/g1/\(path)")
                try expectProblem(answer, 404, "not_found")
                #expect(answer.headers[field] == nil)
            }
        }
    }

    @Test(
        "a prefix is a plain path",
        arguments: [
            "", "/", "media", "//media", "/a//b", "/../media", "/a/./b", "/a b", "/a?b", "/ä", "http://x/", "/a\n",
        ])
    func wrongPrefix(text: String) {
        #expect(AccelRedirect(prefix: text) == nil)
    }

    @Test("a slash is put at its end", arguments: ["/_media", "/_media/"])
    func prefix(text: String) {
        #expect(AccelRedirect(prefix: text)?.prefix == "/_media/")
    }
}
