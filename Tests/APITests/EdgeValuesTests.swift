import Ground
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import API

/// What the edge decides about targets, hosts, heads and addresses, without a connection.
@Suite struct EdgeValuesTests {
    @Test(
        "canonical targets are taken",
        arguments: [
            "/", "/v1/videos", "/v1/videos?limit=1&cursor=a%20b%C3%A4", "/watch/%C3%A4", "/a.b/.c/...", "/v1/videos/",
            "/v/vid_x/g1/v720/00001.m4s?x=../..", "/a;b=c/@:!$&'()*+,", "/%25zz", "/a?//b", "/?",
        ])
    func canonical(target: String) {
        #expect(RequestTarget.fault(in: target) == nil)
    }

    @Test(
        "targets with several are not",
        arguments: [
            "", "v1", "http://x/", "//", "//x", "/a//b", "/a/./b", "/a/../b", "/..", "/.", "/a/.", "/a/..?x",
            "/watch/..%2fv%2fvid_x%2fg1%2fposter-1.jpg", "/a%2Fb", "/a%5cb", "/a\\b", "/%2e%2e/a", "/%2E", "/%61",
            "/%7e", "/%00", "/%0d%0a", "/%7F", "/%", "/%z", "/%2", "/%2g", "/%+1", "/a b", "/a\u{7f}", "/ä", "/a#b",
            "/a?b#c", "/a?%", "/a?%zz", "/a?b c", "/\"", "/<", "/a|b", "/{a}", "/a^b", "/a`b", "/[a]", "/a?\u{0}",
        ])
    func odd(target: String) {
        #expect(RequestTarget.fault(in: target) != nil)
    }

    @Test(
        "hosts of fields",
        arguments: [
            ("localhost", "localhost"), ("LocalHost:8080", "localhost"), ("a.example.:443", "a.example"),
            ("127.0.0.1:1", "127.0.0.1"), ("[::1]:8080", "::1"), ("[2001:DB8::1]", "2001:db8::1"),
            ("my_host", "my_host"),
            ("x:", "x"), ("", nil), (":80", nil), (".", nil), ("a..", nil), ("a..b", nil), (".a", nil),
            ("[127.0.0.1]", nil), ("[]", nil), ("a b", nil), ("a,b", nil), ("a/b", nil), ("u@h", nil),
            ("a:b", nil), ("a:123456", nil), ("[::1", nil), ("[::1]x", nil), ("[g::1]", nil), ("ä.example", nil),
            ("a%2e", nil), (String(repeating: "a", count: 301), nil),
        ] as [(String, String?)])
    func hosts(field: String, expected: String?) {
        #expect(HostName(field)?.text == expected)
    }

    @Test("a server on the loopback is asked under names of the loopback alone, unless others are configured")
    func allowedHosts() throws {
        func allowed(
            _ field: String, _ names: [String] = [], on host: String = "127.0.0.1", behind isBehindProxies: Bool = false
        ) throws -> Bool {
            let hosts = try #require(AllowedHosts(names, listeningOn: host, isBehindProxies: isBehindProxies))
            return hosts.allows(try #require(HostName(field)))
        }
        for local in ["localhost:80", "app.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:80", "[::ffff:127.0.0.1]"] {
            for host in ["127.0.0.1", "::1", "localhost"] { #expect(try allowed(local, on: host), "\(local)") }
            #expect(try allowed(local, ["a.example"], on: "0.0.0.0"))
        }
        for other in ["a.example", "localhost.a.example", "127.0.0.1.a.example", "127.a.b.c", "10.0.0.1", "[::2]", "x"]
        {
            #expect(try !allowed(other), "\(other)")
            #expect(try allowed(other, on: "0.0.0.0"))
            #expect(try allowed(other, on: "::"))
            #expect(try allowed(other, behind: true))
        }
        #expect(try allowed("A.example:8080", ["a.example", "2001:db8::1"]))
        #expect(try allowed("[2001:db8::1]", ["a.example", "2001:db8::1"]))
        #expect(try !allowed("b.example", ["a.example"], on: "0.0.0.0", behind: true))
        #expect(AllowedHosts(["a b"], listeningOn: "::", isBehindProxies: false) == nil)
    }

    @Test("pages from elsewhere change nothing on a server for this machine alone")
    func origins() throws {
        let local = try #require(AllowedHosts([], listeningOn: "127.0.0.1", isBehindProxies: false))
        for origin in ["http://localhost:8080", "https://app.localhost", "http://127.0.0.1:1", "http://[::1]:80"] {
            #expect(local.allowsChanges(from: origin), "\(origin)")
        }
        for origin in [
            "null", "", "https://evil.example", "http://localhost.evil.example", "http://127.0.0.1@evil.example",
            "localhost", "http://", "http://localhost/x",
        ] {
            #expect(!local.allowsChanges(from: origin), "\(origin)")
            #expect(AllowedHosts.any.allowsChanges(from: origin))
        }
        let named = try #require(AllowedHosts(["a.example"], listeningOn: "127.0.0.1", isBehindProxies: false))
        #expect(named.allowsChanges(from: "https://other.example"))
    }

    private func head(_ uri: String = "/", _ version: HTTPVersion = .http1_1, _ fields: HTTPHeaders = ["Host": "x"])
        -> HTTPRequestHead
    {
        HTTPRequestHead(version: version, method: .GET, uri: uri, headers: fields)
    }

    @Test("heads that can be read in two ways are refused")
    func heads() {
        func code(_ head: HTTPRequestHead) -> String? {
            var head = head
            return RequestHeadRules.check(&head)?.code.rawValue
        }
        #expect(code(head()) == nil)
        #expect(code(head("/", .http1_0, [:])) == nil)
        #expect(code(head("/", .http1_1, ["Host": "x", "transfer-encoding": "Chunked"])) == nil)
        for fields: HTTPHeaders in [
            [:], ["Host": "x", "host": "x"], ["Host": "x", "HOST": "y"], ["Host": ""], ["Host": "a b"], ["Host": "a/b"],
        ] {
            #expect(code(head("/", .http1_1, fields)) == "malformed_request", "\(fields)")
        }
        #expect(code(head("/", .http1_0, ["Host": "x", "host": "y"])) == "malformed_request")
        #expect(code(head("/", .http1_0, ["Transfer-Encoding": "chunked"])) == "malformed_request")
        for codings in [
            ["gzip, chunked"], ["chunked, chunked"], ["chunked", "chunked"], ["gzip", "chunked"], [""], ["x"],
        ] {
            let fields = HTTPHeaders([("Host", "x")] + codings.map { ("Transfer-Encoding", $0) })
            #expect(code(head("/", .http1_1, fields)) == "unsupported_transfer_coding", "\(codings)")
        }
        for target in [
            "", "*", "a", "x:80", "ftp://x/", "http://", "http:///a", "http://u@x/", "http://a b/", "file:/a",
        ] {
            #expect(code(head(target)) == "malformed_request", "\(target)")
        }
        #expect(code(HTTPRequestHead(version: .http1_1, method: .OPTIONS, uri: "*", headers: ["Host": "x"])) == nil)
    }

    @Test("an absolute target counts more than Host, and an old client's connection ends")
    func absolute() {
        for (target, path) in [
            ("HTTP://a.example:1/b?c", "/b?c"), ("https://a.example:1", "/"), ("http://a.example:1?c", "/?c"),
        ] {
            var absolute = head(target)
            #expect(RequestHeadRules.check(&absolute) == nil)
            #expect(absolute.uri == path)
            #expect(absolute.headers["Host"] == ["a.example:1"])
        }
        var old = head("/", .http1_0, ["Connection": "keep-alive"])
        #expect(RequestHeadRules.check(&old) == nil)
        #expect(old.headers["Connection"] == ["close"])
    }

    @Test("long headers are not read")
    func longHeaders() {
        let limit = AcceptEncoding.limit
        let padding = String(repeating: "a", count: limit - 5)
        #expect(AcceptEncoding.allowsGzip([.acceptEncoding: padding + ",gzip"]))
        #expect(!AcceptEncoding.allowsGzip([.acceptEncoding: padding + "a,gzip"]))
        #expect(!EntityTag.matches([String(repeating: "\"a\",", count: 2000) + "\"b\""], "\"b\""))
        #expect(ByteRange.parse("bytes=0-1" + String(repeating: " ", count: 300), size: 9) == .ignored)
        let forged = String(repeating: "6.6.6.6, ", count: 8000)
        #expect(ForwardedAddress.client([forged + "203.0.113.7"], behind: 1) == "203.0.113.7")
    }

    @Test("a text in use is compressed once, and the cache is bounded")
    func compressedTexts() {
        let count = Mutex(0)
        let texts = CompressedTexts(limit: 100) { bytes in
            count.withLock { $0 += 1 }
            return bytes
        }
        func ask(_ tag: String, size: Int = 20) {
            #expect(texts.gzip(ByteBuffer(repeating: 7, count: size), tag: tag)?.readableBytes == size)
        }
        for _ in 0..<10 { ask("a") }
        #expect(count.withLock { $0 } == 1)
        // Whatever comes meanwhile, what is asked for stays.
        for number in 0..<20 {
            ask("a")
            ask("b\(number)")
        }
        #expect(count.withLock { $0 } == 21)
        ask("b0")
        #expect(count.withLock { $0 } == 22)
        // Larger than all that is kept: answered, and not kept.
        ask("large", size: 60)
        ask("large", size: 60)
        #expect(count.withLock { $0 } == 24)
    }

    private final class Counts: Sendable {
        let runs = Mutex(0)
        let callers = Mutex(0)
    }

    @Test("concurrent requests share one check, and the next request checks again")
    func readiness() async {
        let counts = Counts()
        let readiness = Readiness([
            ReadinessCheck("store") {
                let run = counts.runs.withLock { count in
                    count += 1
                    return count
                }
                // The first is held up until all others are about to ask.
                while run == 1, counts.callers.withLock({ $0 }) < 20 { await Task.yield() }
            }
        ])
        await withTaskGroup(of: [String: String].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    counts.callers.withLock { $0 += 1 }
                    return await readiness.outcomes(Logger(label: "test"))
                }
            }
            for await outcome in group { #expect(outcome == ["store": "ok"]) }
        }
        let shared = counts.runs.withLock { $0 }
        #expect(shared < 10)
        #expect(await readiness.outcomes(Logger(label: "test")) == ["store": "ok"])
        #expect(counts.runs.withLock { $0 } == shared + 1)
    }

    @Test("a check that never ends is not started again, and does not delay the results of the others")
    func stuckCheck() async {
        let runs = Mutex(0)
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        let readiness = Readiness(
            [
                ReadinessCheck("stuck") {
                    runs.withLock { $0 += 1 }
                    // Not to be cancelled, as a call that holds a thread.
                    await Task { for await _ in never {} }.value
                },
                ReadinessCheck("store") {},
            ], patience: .milliseconds(20))
        for _ in 0..<3 {
            #expect(await readiness.outcomes(Logger(label: "test")) == ["stuck": "timeout", "store": "ok"])
        }
        #expect(runs.withLock { $0 } == 1)
        end.finish()
    }
}
