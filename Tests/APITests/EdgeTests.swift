import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import API

@Suite(.timeLimit(.minutes(1))) struct EdgeTests {
    @Test("paths and methods that do not exist")
    func unknown() async throws {
        try await Fixture.run { _, client in
            for path in [
                "/nothing", "/v1", "/v1/videos/a/b/c", "/v", "/.git/config", "/v1/videos/", "/metrics/",
                "/health/live/",
                "/watch/",
            ] {
                try expectProblem(try await client.send(.get, path), 404, "not_found")
            }
            for path in ["/%2e%2e/etc/passwd", "//", "/v1//videosx", "/v1/%76ideos", "/metrics/../v1/videos"] {
                try expectProblem(try await client.send(.get, path), 400, "invalid_target")
            }
            for (method, path, allow) in [
                (HTTPRequest.Method.put, "/v1/videos", "GET, HEAD, OPTIONS, POST"),
                (.get, "/v1/auth/login", "OPTIONS, POST"), (.post, "/health/live", "GET, HEAD, OPTIONS"),
                (.get, "/v1/videos/x/source", "OPTIONS, PUT"), (.trace, "/v1/videos", "GET, HEAD, OPTIONS, POST"),
                (.get, "/v1/uploads/x", "DELETE, HEAD, OPTIONS, PATCH, POST"),
            ] {
                let answer = try await client.send(method, path)
                try expectProblem(answer, 405, "method_not_allowed")
                #expect(answer.headers[.allow] == allow, "\(path)")
            }
        }
    }

    @Test("OPTIONS tells the methods; a browser that asks first learns what it may send")
    func options() async throws {
        try await Fixture.run { _, client in
            let plain = try await client.send(.options, "/v1/videos")
            #expect(plain.status == .noContent)
            #expect(plain.headers[.allow] == "GET, HEAD, OPTIONS, POST")
            #expect(plain.headers[.contentLength] == nil)
            let asked: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "PATCH"]
            for path in ["/v1/uploads", "/v1/uploads/x", "/v1/videos/x", "/v/x/g1/main.m3u8"] {
                let answer = try await client.send(.options, path, nil, asked)
                #expect(answer.status == .noContent)
                #expect(answer.headers[.accessControlAllowOrigin] == "*")
                #expect(answer.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
                #expect(answer.headers[.accessControlMaxAge] == "86400")
                #expect(answer.headers[.accessControlAllowMethods]?.isEmpty == false)
            }
            for (path, methods) in [
                ("/v1/uploads", "OPTIONS, POST"), ("/v1/uploads/x", "DELETE, HEAD, OPTIONS, PATCH"),
            ] {
                #expect(try await client.send(.options, path).headers[.allow] == methods)
            }
            try expectProblem(try await client.send(.options, "/nothing"), 404, "not_found")
        }
    }

    @Test("details say what is wrong with the whole, and with what")
    func words() async throws {
        try await Fixture.run { _, client in
            for (method, path, body, expected) in [
                (HTTPRequest.Method.post, "/v1/auth/login", "[]", "The body must be a JSON object."),
                (.post, "/v1/auth/login", " ", "The body is empty. Send a JSON object."),
                (.get, "/a%5cb", nil, "It has an escaped slash or backslash."),
            ] as [(HTTPRequest.Method, String, String?, String)] {
                let detail = try json(try await client.send(method, path, body))["detail"] as? String
                #expect(detail == expected)
            }
        }
    }

    @Test("a request keeps its own name if it is harmless")
    func names() async throws {
        try await Fixture.run { _, client in
            let field = try #require(HTTPField.Name("X-Request-ID"))
            #expect(
                try await client.send(.get, "/health/live", nil, [field: "abc-1.2_3"]).headers[field] == "abc-1.2_3")
            for bad in ["", "a b", String(repeating: "a", count: 65), "a\"b"] {
                let name = try await client.send(.get, "/health/live", nil, [field: bad]).headers[field]
                #expect(name?.hasPrefix("req_") == true)
            }
            try expectProblem(try await client.send(.get, "/x", nil, [field: "mine"]), 404, "not_found")
        }
    }

    @Test("health, metrics and the description")
    func operations() async throws {
        try await Fixture.run { _, client in
            #expect(try json(try await client.send(.get, "/health/live"))["status"] as? String == "ok")
            let ready = try json(try await client.send(.get, "/health/ready"))
            #expect(ready["checks"] as? [String: String] == ["database": "ok"])
            let metrics = try await client.send(.get, "/metrics")
            let text = String(buffer: metrics.body)
            #expect(
                text.contains(
                    "videohost_http_requests_total{method=\"GET\",route=\"/health/ready\",status=\"2xx\"} 1\n"))
            #expect(text.contains("videohost_http_requests_in_flight 1\n"))
            #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(try await client.send(.head, "/metrics").status == .ok)
        }
    }

    @Test("what is for operators is not for pages of other origins")
    func closed() async throws {
        try await Fixture.run { _, client in
            let asked: HTTPFields = [.origin: "https://a.example", .accessControlRequestMethod: "GET"]
            for path in ["/metrics", "/health/live", "/health/ready"] {
                for method in [HTTPRequest.Method.get, .options] {
                    let answer = try await client.send(method, path, nil, asked)
                    #expect(answer.status.kind == .successful)
                    #expect(answer.headers[.accessControlAllowOrigin] == nil)
                    #expect(answer.headers[.accessControlAllowMethods] == nil)
                    #expect(answer.headers[HTTPField.Name.resourcePolicy] == "same-origin")
                }
            }
            #expect(try await client.send(.get, "/v1/videos", nil, asked).headers[.accessControlAllowOrigin] == "*")
        }
    }

    @Test("a server that has names is not asked under others")
    func hosts() async throws {
        let local = AllowedHosts(["a.example"], listeningOn: "127.0.0.1", isBehindProxies: false)
        try await Fixture.run(.live, configure: { $0.allowedHosts = local ?? .any }) { _, client in
            let port = try #require(client.port)
            for (host, status) in [
                ("localhost", "200"), ("a.example", "200"), ("127.0.0.1:\(port)", "200"), ("evil.example", "421"),
                ("localhost.evil.example", "421"),
            ] {
                let answer = try await ConnectionTests().talk(
                    port, "GET /health/live HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(host)")
                #expect(status == "200" || answer.contains("\"code\":\"unknown_host\""))
            }
            let absolute = try await ConnectionTests().talk(
                port, "GET http://evil.example/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(absolute.hasPrefix("HTTP/1.1 421 "))
        }
    }

    @Test("a page of another site changes nothing on a server for this machine alone, and may read and play")
    func origins() async throws {
        let local = AllowedHosts([], listeningOn: "127.0.0.1", isBehindProxies: false)
        try await Fixture.run(configure: { $0.allowedHosts = local ?? .any }) { _, client in
            for origin in ["https://evil.example", "null"] {
                let foreign: HTTPFields = [.origin: origin]
                let account = #"{"email":"a@example.org","username":"anna","password":"correct horse battery"}"#
                try expectProblem(
                    try await client.send(.post, "/v1/auth/register", account, foreign), 403, "origin_not_allowed")
                for method in [HTTPRequest.Method.put, .patch, .delete] {
                    try expectProblem(
                        try await client.send(method, "/v1/videos/x", "{}", foreign), 403, "origin_not_allowed")
                }
                var asked = foreign
                asked[.accessControlRequestMethod] = "POST"
                try expectProblem(
                    try await client.send(.options, "/v1/videos", nil, asked), 403, "origin_not_allowed")
                asked[.accessControlRequestMethod] = "GET"
                #expect(try await client.send(.options, "/v/x/g1/main.m3u8", nil, asked).status == .noContent)
                #expect(try await client.send(.get, "/v1/videos", nil, foreign).status == .ok)
            }
            let ours = try await client.send(.post, "/v1/auth/login", "{}", [.origin: "http://localhost:8080"])
            try expectProblem(ours, 422, "validation_failed")
        }
    }

    @Test("behind a proxy that tells no address, requests count under the proxy's own")
    func uncounted() async throws {
        try await Fixture.run(configure: {
            $0.trustedProxies = 1
            $0.connectionsPerAddress = 0
        }) { _, client in
            try expectProblem(try await client.send(.get, "/health/live"), 429, "too_many_connections")
        }
    }

    @Test("a page's address has no slash at its end, and a person who is lost sees a page")
    func lost() async throws {
        try await Fixture.run(web: true) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice)
            for method in [HTTPRequest.Method.get, .head] {
                let moved = try await client.send(method, "/watch/\(id)/?t=5")
                #expect(moved.status == .permanentRedirect && moved.headers[.location] == "/watch/\(id)?t=5")
                #expect(moved.headers[.cacheControl] == "no-store")
            }
            try expectProblem(try await client.send(.post, "/watch/\(id)/", "{}"), 404, "not_found")
            let wanted: HTTPFields = [.accept: "text/html,*/*;q=0.8"]
            for path in ["/v1/videos/", "/v/x/g1/main.m3u8/", "/health/live/", "/metrics/", "/v1/nothing", "/v1"] {
                try expectProblem(try await client.send(.get, path, nil, wanted), 404, "not_found")
            }
            for path in ["/nonsense", "/nonsense/", "/not-found.html", "/watch/", "/js"] {
                let page = try await client.send(.get, path, nil, wanted)
                #expect(page.status == .notFound && page.headers[.contentType] == "text/html; charset=utf-8")
                #expect(page.headers[.cacheControl] == "no-store")
                #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
                #expect(String(buffer: page.body).contains("<h1>There is nothing here</h1>"))
                try expectProblem(try await client.send(.get, path), 404, "not_found")
            }
        }
    }

    @Test("nested JSON is refused before it is decoded, and so are very many values")
    func bounds() async throws {
        try await Fixture.run { _, client in
            let numbers = (0..<2000).map(String.init).joined(separator: ",")
            let nested = String(repeating: "[", count: 500) + numbers + String(repeating: "]", count: 500)
            for (body, detail) in [
                (#"{"a":\#(nested)}"#, "inside each other"), (nested, "inside each other"),
                (#"{"a":[\#(numbers)]}"#, "more than 1000 values"),
            ] {
                let answer = try await client.send(.post, "/v1/auth/login", body)
                try expectProblem(answer, 400, "malformed_request")
                #expect((try json(answer)["detail"] as? String)?.contains(detail) == true)
            }
            // Within bounds it is read, and what nobody knows is named.
            let answer = try await client.send(
                .post, "/v1/auth/login", #"{"a":[[[{"b":null}]]],"c":true,"password":"x"}"#)
            try expectProblem(answer, 422, "validation_failed")
            for whole in ["[]", "5", "null", "\"a\""] {
                try expectProblem(try await client.send(.post, "/v1/auth/login", whole), 422, "validation_failed")
            }
        }
    }

    @Test("every route is described, and everything described exists")
    func description() async throws {
        try await Fixture.run { fixture, client in
            let routes = Set(
                apiRoutes(fixture.services, configuration: APIConfiguration())
                    .map { "\($0.method.rawValue.lowercased()) \($0.path)" }
                    .filter { !$0.hasPrefix("options") && !$0.contains("/v/") && $0 != "post /v1/uploads/{address}" })
            let document = try json(try await client.send(.get, "/v1/openapi.json"))
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let described = Set(
                paths.flatMap { path, item in item.keys.filter { $0 != "parameters" }.map { "\($0) \(path)" } }
                    .filter { !$0.hasPrefix("options") && !$0.contains("/v/") })
            #expect(routes == described)
            #expect(document["openapi"] as? String == "3.1.0")
        }
    }
}
