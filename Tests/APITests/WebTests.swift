import Catalog
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import SQL
import Testing

@testable import API

@Suite("Web pages") struct WebTests {
    @Test("pages have a policy, and addresses of files below the folder are none")
    func pages() async throws {
        try await Fixture.run(web: true) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            for path in ["/", "/watch/\(id)", "/embed/\(id)"] {
                let page = try await client.send(.get, path)
                #expect(page.status == .ok)
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                let policy = try #require(page.headers[.contentSecurityPolicy])
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
                #expect(policy.contains(path.hasPrefix("/embed") ? "frame-ancestors *;" : "frame-ancestors 'none';"))
                #expect(page.headers[.cacheControl] == "no-cache" && page.headers[.contentLanguage] == "en")
                let tag = try #require(page.headers[.eTag])
                #expect(try await client.send(.get, path, nil, [.ifNoneMatch: tag]).status == .notModified)
                #expect(String(buffer: page.body).contains("A film"))
            }
            let packed = try await client.send(.get, "/", nil, [.acceptEncoding: "gzip"])
            #expect(packed.headers[.contentEncoding] == "gzip")
            #expect(packed.headers[.vary] == "Accept-Encoding, Accept-Language, Cookie")
            for path in [
                "/.secret", "/package.json", "/js", "/js/pages/start.js", "/templates/layout.mustache",
                "/messages/en.json",
                "/dist/manifest.json", "/assets/manifest.json", "/assets/none.js", "/assets",
            ] {
                try expectProblem(try await client.send(.get, path), 404, "not_found")
            }
            for path in ["/../db.sqlite", "/%2e%2e/db.sqlite", "/assets/..%2fmanifest.json"] {
                try expectProblem(try await client.send(.get, path), 400, "invalid_target")
            }
            #expect(try await client.send(.post, "/", "{}").status == .methodNotAllowed)
        }
    }

    @Test("what does not exist, is blocked or cannot be read now is a page with the right status")
    func failures() async throws {
        try await Fixture.run(web: true) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            for (path, words) in [
                ("/watch/vid_x", "no such video"), ("/watch/vid_00000000000000000000000000", "no such video"),
                ("/embed/vid_x", "no such video"), ("/room.html", "no such room"), ("/room.html?id=x", "no such room"),
            ] {
                let page = try await client.send(.get, path)
                #expect(page.status == .notFound && String(buffer: page.body).contains(words), "\(path)")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
                #expect(page.headers[.cacheControl] == "no-store" && page.headers[.eTag] == nil)
                #expect(try await client.send(.head, path).status == .notFound)
            }
            let blocked = try await fixture.video(of: alice, .ready, title: "Secret title")
            try await fixture.block(blocked)
            for path in ["/watch/\(blocked)", "/embed/\(blocked)"] {
                let page = try await client.send(.get, path)
                let text = String(buffer: page.body)
                #expect(page.status == .forbidden && text.contains("blocked") && !text.contains("Secret title"))
            }
            await fixture.database.close()
            let away = try await client.send(.get, "/")
            #expect(away.status == .serviceUnavailable && away.headers[.retryAfter] != nil)
            #expect(String(buffer: away.body).contains("not available right now"))
            #expect(away.headers[.contentType] == "text/html; charset=utf-8")
        }
    }

    @Test("a card has the mark of captions as long as viewers may choose from some")
    func captionsOnCards() async throws {
        try await Fixture.run(web: true) { fixture, client in
            let (headers, alice) = try await fixture.signIn()
            let captions = "/v1/videos/\(try await fixture.video(of: alice, .ready))/captions/en"
            for (method, isMarked) in [(.put, true), (.delete, false)] as [(HTTPRequest.Method, Bool)] {
                let cue = method == .put ? "WEBVTT\n\n00:01.000 --> 00:02.000\nHello" : nil
                #expect(try await client.send(method, captions, cue, headers).status.kind == .successful)
                let page = String(buffer: try await client.send(.get, "/").body)
                #expect(page.contains(#"data-part="captions">"#) == isMarked)
            }
        }
    }

    @Test("built files are immutable and come as brotli, gzip or as they are")
    func assets() async throws {
        try await Fixture.run(web: true) { _, client in
            for (accepted, coding, kind) in [
                ("gzip, deflate, br", "br", "br"), ("gzip", "gzip", "gzip"), ("br;q=0, gzip;q=0", nil, "plain"),
                ("identity", nil, "plain"),
            ] as [(String, String?, String)] {
                let file = try await client.send(
                    .get, "/assets/js-pages-watch.js", nil, [.acceptEncoding: accepted])
                #expect(file.headers[.contentEncoding] == coding)
                #expect(String(buffer: file.body) == "\(kind) js/pages/watch.js")
                #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")
                #expect(file.headers[.contentType] == "text/javascript; charset=utf-8")
                #expect(file.headers[.vary] == "Accept-Encoding")
                let tag = try #require(file.headers[.eTag])
                let again = try await client.send(.get, "/assets/js-pages-watch.js", nil, [.ifNoneMatch: tag])
                #expect(again.status == .notModified)
            }
        }
    }

    @Test("oEmbed describes a video of this server in the shape that is asked for")
    func oEmbed() async throws {
        try await Fixture.run(
            web: true, configure: { $0.allowedHosts = .any },
            { fixture, client in
                let (_, alice) = try await fixture.signIn()
                let id = try await fixture.video(of: alice, .ready)
                let path = "/v1/oembed?url=http://localhost/watch/\(id)"
                let document = try json(try await client.send(.get, path + "&maxwidth=320&maxheight=9999"))
                #expect(document["type"] as? String == "video" && document["version"] as? String == "1.0")
                #expect(document["width"] as? Int == 320 && document["height"] as? Int == 180)
                #expect((document["html"] as? String)?.contains("src=\"http://localhost/embed/\(id)\"") == true)
                try expectProblem(try await client.send(.get, path + "&format=xml"), 501, "unsupported_format")
                try expectProblem(try await client.send(.get, path + "&maxwidth=-1"), 422, "validation_failed")
                try expectProblem(try await client.send(.get, "/v1/oembed"), 422, "validation_failed")
                for (address, code) in [
                    ("http://localhost/watch/vid_x", "video_not_found"), ("http://localhost/", "not_found"),
                    ("http://localhost.evil.example/watch/\(id)", "not_found"), ("/watch/\(id)", "not_found"),
                ] {
                    try expectProblem(try await client.send(.get, "/v1/oembed?url=\(address)"), 404, code)
                }
                try await fixture.block(id)
                try expectProblem(try await client.send(.get, path), 403, "video_blocked")
            })
    }

    @Test("a page costs as many reads of the database as the lists that it shows")
    func reads() async throws {
        let counting = Counting()
        try await Fixture.run(web: true, counting: counting) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            var id = ""
            for _ in 0..<5 { id = try await fixture.video(of: alice, .ready) }
            _ = try await client.send(.get, "/watch/\(id)")
            counting.reset()
            _ = try await client.send(.get, "/v1/videos?limit=24")
            _ = try await client.send(.get, "/v1/videos/\(id)")
            let (both, list) = (counting["query"], try await count(counting, client, "/"))
            #expect(list > 0 && list < both)
            #expect(try await count(counting, client, "/watch/\(id)") <= both)
        }
    }

    /// The queries that a request costs.
    private func count(_ counting: Counting, _ client: any TestClientProtocol, _ path: String) async throws -> Int {
        counting.reset()
        _ = try await client.send(.get, path)
        return counting["query"]
    }
}
