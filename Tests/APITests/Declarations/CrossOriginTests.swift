import Catalog
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import API

/// What pages of other origins may send and read, of every route and of the clients that are known.
@Suite("Pages of other origins", .timeLimit(.minutes(5))) struct CrossOriginTests {
    /// Headers of answers that pages may always read (the Fetch standard), or that are for browsers and caches alone.
    private static let otherHeaders: Set<String> = [
        "cache-control", "content-type", "content-encoding", "vary", "accept-ranges", "connection", "date", "server",
        "x-content-type-options", "access-control-allow-origin", "access-control-expose-headers",
        "cross-origin-resource-policy", "timing-allow-origin", "x-accel-buffering",
    ]

    @Test("a page may send what a route reads and read what it answers; what is closed tells pages nothing")
    func routes() async throws {
        try await forEachRoute { route, fixture, client, owner in
            let name: Comment = "\(route.method.rawValue) \(route.path)"
            let examples = try await RouteExamples(fixture, client, owner: owner)
            var request = try #require(examples.request(for: route), name)
            request.headers.append(try await fixture.session(of: "alice"))
            request.headers[.origin] = "https://a.example"
            let asked: HTTPFields = [
                .origin: "https://a.example", .accessControlRequestMethod: route.method.rawValue,
            ]
            let preflight = try await client.send(.options, request.path, nil, asked)
            let answer = try await client.send(request)
            guard route.exposure != .closed else {
                for answer in [preflight, answer] {
                    #expect(!answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control-") }, name)
                }
                return
            }
            #expect(
                Self.names(preflight, .accessControlAllowMethods).contains(route.method.rawValue.lowercased()), name)
            let sent = Set(request.headers.map(\.name.canonicalName)).subtracting(["origin"])
            #expect(sent.subtracting(Self.names(preflight, .accessControlAllowHeaders)).isEmpty, name)
            let got = Set(answer.headers.map(\.name.canonicalName)).subtracting(Self.otherHeaders)
            #expect(got.subtracting(Self.names(answer, .accessControlExposeHeaders)).isEmpty, name)
        }
    }

    private static func names(_ answer: TestResponse, _ field: HTTPField.Name) -> Set<String> {
        Set((answer.headers[field] ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " } })
    }

    @Test("tus-js-client and Uppy may upload, hls.js may play, and a page may ask whether a video has changed")
    func clients() async throws {
        try await Fixture.run { _, client in
            let tus = [
                "authorization", "content-type", "tus-resumable", "upload-length", "upload-offset", "upload-metadata",
                "upload-defer-length", "upload-concat", "upload-checksum", "x-http-method-override", "x-requested-with",
                "x-request-id",
            ]
            let ofTus = [
                "location", "upload-offset", "upload-length", "upload-expires", "upload-metadata",
                "upload-defer-length",
                "upload-concat", "tus-resumable", "tus-version", "tus-extension", "tus-max-size",
                "tus-checksum-algorithm",
                "retry-after", "x-request-id",
            ]
            for (path, sent, read) in [
                ("/v1/uploads", tus, ofTus), ("/v1/uploads/x", tus, ofTus),
                (
                    "/v/x/g1/main.m3u8", ["range", "if-range", "if-none-match"],
                    ["content-length", "content-range", "etag", "retry-after"]
                ), ("/v1/videos/x", ["authorization", "if-none-match", "content-type"], ["etag", "content-length"]),
            ] {
                let asked: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "POST"]
                let preflight = try await client.send(.options, path, nil, asked)
                #expect(Set(sent).subtracting(Self.names(preflight, .accessControlAllowHeaders)).isEmpty, "\(path)")
                #expect(Set(read).subtracting(Self.names(preflight, .accessControlExposeHeaders)).isEmpty, "\(path)")
            }
            let tusOnly = try await client.send(
                .options, "/v1/rooms", nil,
                [
                    .origin: "https://a.example", .accessControlRequestMethod: "GET",
                ])
            #expect(!Self.names(tusOnly, .accessControlAllowHeaders).contains("tus-resumable"))
            #expect(!Self.names(tusOnly, .accessControlExposeHeaders).contains("upload-offset"))
        }
    }

    @Test("media have the same headers for pages whoever asks, because a shared cache gives them to all")
    func media() async throws {
        try await Fixture.run { fixture, client in
            fixture.playback.set("#EXTM3U\n", at: "main.m3u8")
            let (_, owner) = try await fixture.signIn()
            let path = "/v/\(try await fixture.video(of: owner, .ready))/g1/main.m3u8"
            let plain = try await client.send(.get, path)
            let foreign = try await client.send(.get, path, nil, [.origin: "https://a.example"])
            #expect(plain.status == .ok)
            for field in [HTTPField.Name.accessControlAllowOrigin, .accessControlExposeHeaders] {
                #expect(plain.headers[field] != nil && plain.headers[field] == foreign.headers[field])
            }
            let missing = try await client.send(.get, "/v1/nothing", nil, [.origin: "https://a.example"])
            #expect(missing.headers[.accessControlAllowOrigin] == "*")
        }
    }

    @Test("no address is that of two paths, and routes of one group are open to the same pages")
    func paths() async throws {
        try await Fixture.run(web: true) { fixture, _ in
            let site = try WebSite(WebConfiguration(folder: fixture.folder + "/web"), trustedProxies: 0)
            let routes = apiRoutes(fixture.services, site: site, configuration: APIConfiguration())
            let paths = Set(routes.map(\.path))
            for path in paths {
                let address = path.replacing("**", with: "a/b")
                for other in paths where other != path {
                    let map = RouteMap(routes.filter { $0.path == other })
                    #expect(map.methods(of: address).isEmpty, "\(path) and \(other)")
                }
            }
            for (group, routes) in Dictionary(grouping: routes, by: \.crossOriginGroup) {
                #expect(Set(routes.map(\.exposure)).count == 1, "\(group)")
            }
        }
    }
}
