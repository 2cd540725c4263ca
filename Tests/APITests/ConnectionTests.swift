import Catalog
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import NIOPosix
import Synchronization
import Telemetry
import Testing

@testable import API

/// What a connection does with bytes that no honest client sends.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    /// Sends bytes and returns all that comes back until the server closes, or `enough` has come.
    func talk(_ port: Int, _ text: String, until enough: String? = nil) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try? await outbound.write(ByteBuffer(string: text))
            var got = ""
            for try await bytes in inbound {
                got += String(buffer: bytes)
                if let enough, got.contains(enough) { break }
            }
            return got
        }
    }

    @Test("A wait for a segment ends when its client leaves; one that has only closed its side is told to ask again")
    func leaving() async throws {
        try await Fixture.run(.live) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .ready)
            let port = try #require(client.port)
            for isOneSided in [false, true] {
                let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .channelOption(.allowRemoteHalfClosure, value: true)
                    .connect(host: "localhost", port: port) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                                wrappingChannelSynchronously: channel,
                                configuration: .init(isOutboundHalfClosureEnabled: true))
                        }
                    }
                try await connection.executeThenClose { inbound, outbound in
                    let head = "GET /v/\(id)/g1/slow/00009.m4s HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    try await outbound.write(ByteBuffer(string: head))
                    while fixture.playback.waiting.withLock({ $0.isEmpty }) { await Task.yield() }
                    guard isOneSided else { return }
                    outbound.finish()
                    var answer = ""
                    for try await bytes in inbound { answer += String(buffer: bytes) }
                    #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("segment_pending"))
                }
                while fixture.playback.waiting.withLock({ !$0.isEmpty }) { await Task.yield() }
            }
        }
    }

    private func withPort(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await Fixture.run(.live) { _, client in try await body(try #require(client.port)) }
    }

    @Test("heads that break limits or rules are answered, and the connection ends")
    func heads() async throws {
        try await withPort { port in
            let many = (0..<10_000).map { "X-\($0): y\r\n" }.joined()
            for (head, status, code) in [
                ("GET / HTTP/1.1\r\nHost: x\r\n\(many)\r\n", "431", "headers_too_large"),
                (
                    "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "y", count: 20_000))\r\n\r\n", "431",
                    "headers_too_large"
                ),
                (
                    "GET /\(String(repeating: "a", count: 90_000)) HTTP/1.1\r\nHost: x\r\n\r\n", "431",
                    "headers_too_large"
                ),
                ("GET / HTTP/1.1\r\nBad Name: y\r\n\r\n", "400", "malformed_request"),
                ("nonsense\r\n\r\n", "400", "malformed_request"), ("\u{16}\u{3}\u{1}\u{2}", "400", "malformed_request"),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "400", "malformed_request"
                ),
                ("POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", "400", "malformed_request"),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\nhello", "400",
                    "malformed_request"
                ),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "400",
                    "malformed_request"
                ),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501",
                    "unsupported_transfer_coding"
                ),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501",
                    "unsupported_transfer_coding"
                ),
                (
                    "POST /v1/videos HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "400",
                    "malformed_request"
                ),
                ("POST /v1/videos HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", "malformed_request"),
                ("GET /health/live HTTP/1.1\r\n\r\n", "400", "malformed_request"),
                ("GET /health/live HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "400", "malformed_request"),
                ("GET /health/live HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "malformed_request"),
                ("GET health/live HTTP/1.1\r\nHost: x\r\n\r\n", "400", "malformed_request"),
                ("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", "400", "malformed_request"),
                ("GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n", "400", "malformed_request"),
            ] {
                let answer = try await talk(port, head)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(head.prefix(40)): \(answer.prefix(60))")
                #expect(answer.contains("\"code\":\"\(code)\""))
                #expect(answer.contains("Connection: close"))
            }
        }
    }

    @Test(
        "a target is refused in each way in which it is not the one of its kind; absolute ones and HTTP/1.0 are understood"
    )
    func targets() async throws {
        try await withPort { port in
            for (line, status) in [
                ("GET /watch/..%2fhealth%2flive HTTP/1.1", "400"), ("GET /health/../health/live HTTP/1.1", "400"),
                ("GET //health/live HTTP/1.1", "400"), ("GET /health/%6cive HTTP/1.1", "400"),
                ("GET /health/live/ HTTP/1.1", "404"), ("GET /Health/live HTTP/1.1", "404"),
                ("GET http://other.example/health/live HTTP/1.1", "200"), ("OPTIONS * HTTP/1.1", "204"),
                ("GET /health/live HTTP/1.0", "200"),
            ] {
                let answer = try await talk(port, "\(line)\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(line): \(answer.prefix(60))")
                #expect(status != "400" || answer.contains("\"code\":\"invalid_target\""), "\(line)")
            }
        }
    }

    @Test("a connection whose client asks for another protocol ends after its answer, since no more is read on it")
    func otherProtocol() async throws {
        try await withPort { port in
            let answer = try await talk(
                port,
                "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test("a JSON body that does not come in time gets 408, and the connection ends")
    func slowBody() async throws {
        try await Fixture.run(.live, configure: { $0.bodySeconds = 1 }) { _, client in
            let answer = try await talk(
                try #require(client.port),
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
            )
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("\"code\":\"request_too_slow\""))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test("a head that does not come in time gets 408")
    func slowHead() async throws {
        try await Fixture.run(.live, configure: { $0.headSeconds = 1 }) { _, client in
            let answer = try await talk(try #require(client.port), "GET / HTTP/1.1\r\nHo")
            #expect(answer.hasPrefix("HTTP/1.1 408 "))
            #expect(answer.contains("\"code\":\"request_too_slow\""))
        }
    }

    @Test("an address has so many connections; one more is told so, and one that has ended makes room")
    func tooMany() async throws {
        try await Fixture.run(.live, configure: { $0.connectionsPerAddress = 4 }) { fixture, client in
            let port = try #require(client.port)
            let ask = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
            // One more is that of the tests' own client.
            var open: [any Channel] = []
            for _ in 0..<3 {
                open.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
                        host: "localhost", port: port
                    ).get())
            }
            let refused = try await talk(port, "")
            #expect(refused.hasPrefix("HTTP/1.1 429 "))
            #expect(refused.contains("\"code\":\"too_many_connections\""))
            #expect(fixture.metrics.text.contains("videohost_http_address_refusals_total 1\n"))
            try await open.removeLast().close()
            var answer = ""
            while !answer.hasPrefix("HTTP/1.1 200 ") {
                // Until the server has seen the end of the other.
                answer = try await talk(port, ask, until: "ok")
            }
            for channel in open { try await channel.close() }
        }
    }

    @Test("behind a proxy each client has so many requests, whatever the connections")
    func tooManyForwarded() async throws {
        try await Fixture.run(
            .live,
            configure: {
                $0.connectionsPerAddress = 1
                $0.trustedProxies = 1
            }
        ) { fixture, client in
            let port = try #require(client.port)
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice)
            func ask(_ path: String, _ address: String, until enough: String? = nil) async throws -> String {
                try await talk(
                    port,
                    "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 9.9.9.9, \(address)\r\n\r\n",
                    until: enough)
            }
            let follower = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "localhost", port: port).get()
            try await follower.writeAndFlush(
                ByteBuffer(
                    string: "GET /v1/videos/\(id)/events HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 2001:db8::1\r\n\r\n"))
            var answer = ""
            while !answer.hasPrefix("HTTP/1.1 429 ") { answer = try await ask("/health/live", "2001:db8::2") }
            #expect(answer.contains("\"code\":\"too_many_connections\""))
            #expect(try await ask("/health/live", "192.0.2.7").hasPrefix("HTTP/1.1 200 "))
            try await follower.close()
        }
    }

    @Test("an address that is a little too long gets 414, and the connection lives on")
    func target() async throws {
        try await withPort { port in
            let answer = try await talk(
                port,
                "GET /\(String(repeating: "a", count: 9000)) HTTP/1.1\r\nHost: x\r\n\r\n"
                    + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", until: "{\"status\":\"ok\"}")
            #expect(answer.hasPrefix("HTTP/1.1 414 "))
            #expect(answer.hasSuffix("{\"status\":\"ok\"}"))
        }
    }

    @Test("a client that waits for leave gets it only when its body is wanted")
    func invitation() async throws {
        try await withPort { port in
            let head =
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
            let welcome = try await talk(port, head + "Content-Length: 2\r\n\r\n{}", until: "validation_failed")
            #expect(welcome.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 "))
            let refused = try await talk(port, head + "Content-Length: 99999999\r\n\r\n")
            #expect(refused.hasPrefix("HTTP/1.1 413 "))
            #expect(refused.contains("Connection: close"))
        }
    }

    @Test("a refused long body ends the connection after the answer")
    func longBody() async throws {
        try await withPort { port in
            let answer = try await talk(
                port,
                "PUT /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n"
                    + String(repeating: "x", count: 100_000))
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.contains("Connection: close"))
        }
    }

    @Test("a chunk that is none is an error of the client")
    func chunks() async throws {
        try await withPort { port in
            let answer = try await talk(
                port,
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
            #expect(answer.contains("malformed_request"))
        }
    }

    @Test("requests that come all at once are answered in order")
    func pipelining() async throws {
        try await withPort { port in
            let text = (0..<50).map { "GET /x\($0) HTTP/1.1\r\nHost: x\r\nX-Request-ID: n\($0)\r\n\r\n" }.joined()
            let answer = try await talk(port, text, until: "\"requestId\":\"n49\"")
            let names = answer.split(separator: "\"requestId\":\"n").dropFirst().compactMap {
                Int($0.prefix { $0 != "\"" })
            }
            #expect(names == Array(0..<50))
        }
    }

    @Test("events: how things are, each change, and the end")
    func events() async throws {
        try await Fixture.run(.live) { fixture, client in
            let (headers, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice)
            let port = try #require(client.port)
            async let told = talk(
                port, "GET /v1/videos/\(id)/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                until: "\r\n0\r\n\r\n")
            // Until the listener is there a change may come too early to be told apart from the first look.
            try await Task.sleep(for: .milliseconds(300))
            _ = try await client.send(.patch, "/v1/videos/\(id)", #"{"title":"Changed"}"#, headers)
            try await Task.sleep(for: .milliseconds(300))
            _ = try await client.send(.delete, "/v1/videos/\(id)", nil, headers)
            let text = try await told
            #expect(text.contains("Content-Type: text/event-stream"))
            let events = text.split(separator: "event: state\ndata: ")
            #expect(events.count == 3)
            #expect(events.dropFirst().first?.contains("\"title\":\"A film\"") == true)
            #expect(events.last?.contains("\"title\":\"Changed\"") == true)
        }
    }

    @Test("a settled video has one event")
    func settled() async throws {
        try await Fixture.run(.live) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .rejected)
            let answer = try await client.send(.get, "/v1/videos/\(id)/events")
            #expect(String(buffer: answer.body).split(separator: "event: state").count == 2)
        }
    }
}
