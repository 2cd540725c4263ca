import Catalog
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import API
@testable import Jobs

/// Headers and values that need no server to be tested.
@Suite struct HeaderTests {
    @Test(
        "ranges for 100 bytes",
        arguments: [
            ("bytes=0-0", ByteRange.range(0..<1)), ("bytes=0-", .range(0..<100)), ("bytes=99-", .range(99..<100)),
            ("bytes=-1", .range(99..<100)), ("bytes=-100", .range(0..<100)), ("bytes=-101", .range(0..<100)),
            ("bytes=50-1000", .range(50..<100)), ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable),
            ("bytes=-0", .unsatisfiable), ("bytes=9-8", .ignored), ("bytes=-", .ignored), ("bytes=", .ignored),
            ("bytes", .ignored), ("", .ignored), ("bytes=a-b", .ignored), ("bytes=1-b", .ignored),
            ("bytes=+1-2", .ignored),
            ("bytes=1-2-3", .ignored), ("bytes=0-1,3-4", .ignored), ("chars=0-1", .ignored),
            ("bytes=0-99999999999999999999999999", .range(0..<100)),
            ("bytes=99999999999999999999999999-", .unsatisfiable),
            ("BYTES=0-1", .range(0..<2)),
        ])
    func ranges(header: String, expected: ByteRange) { #expect(ByteRange.parse(header, size: 100) == expected) }

    @Test(
        "the client behind proxies of one's own",
        arguments: [
            (["203.0.113.7"], 0, nil), (["203.0.113.7"], 1, "203.0.113.7"),
            (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
            (["6.6.6.6", "203.0.113.7, 10.0.0.1"], 2, "203.0.113.7"), (["203.0.113.7"], 2, nil), ([], 1, nil),
            (["2001:DB8::1"], 1, "2001:db8::1"), (["nonsense"], 1, nil), (["203.0.113.7,"], 1, nil), ([""], 1, nil),
        ] as [([String], Int, String?)])
    func forwarded(values: [String], proxies: Int, expected: String?) {
        #expect(ForwardedAddress.client(values, behind: proxies) == expected)
    }

    @Test("nothing of an empty object can be had in part")
    func empty() {
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            #expect(ByteRange.parse(header, size: 0) == .unsatisfiable)
        }
    }

    @Test(
        "who takes gzip",
        arguments: [
            ("gzip", true), ("GZIP", true), ("br, gzip", true), ("gzip;q=0.1", true), ("gzip; q=1.0", true),
            ("*", true),
            ("x-gzip", true), ("", false), ("identity", false), ("gzip;q=0", false), ("gzip;q=0.000, *", false),
            ("*;q=0", false), ("identity;q=1, *;q=0", false), ("gzip;q=nonsense", false), ("deflate, br", false),
        ])
    func gzip(header: String, expected: Bool) {
        #expect(AcceptEncoding.allowsGzip([.acceptEncoding: header]) == expected)
    }

    @Test("compression can be undone by its own check sum")
    func compress() throws {
        let text = ByteBuffer(string: String(repeating: "#EXTINF:4.000000,\n", count: 1000))
        let packed = try #require(Gzip.compress(text))
        #expect(packed.readableBytes < 500)
        #expect(packed.getBytes(at: 0, length: 2) == [0x1F, 0x8B])
        // The last four bytes are the length (RFC 1952 section 2.3.1).
        #expect(packed.getInteger(at: packed.readableBytes - 4, endianness: .little, as: UInt32.self) == 18_000)
        #expect(Gzip.compress(ByteBuffer()) != nil)
    }

    @Test(
        "tokens",
        arguments: [
            ("Bearer abc", "abc"), ("bearer  abc", "abc"), ("BEARER a.b-c", "a.b-c"), ("Bearer", nil), ("Bearer ", nil),
            ("Basic abc", nil), ("", nil), ("Bearer " + String(repeating: "a", count: 513), nil),
        ] as [(String, String?)])
    func tokens(header: String, expected: String?) { #expect(Services.bearerToken(header) == expected) }

    @Test(
        "paths in logs have no secrets",
        arguments: [
            ("/v1/uploads/upl_abc.SECRET", "/v1/uploads/upl_abc"),
            ("/v1/uploads/upl_abc.SECRET/x", "/v1/uploads/upl_abc/x"),
            ("/v1/videos/vid_1", "/v1/videos/vid_1"), ("/", "/"),
        ])
    func redaction(path: String, expected: String) { #expect(AccessLog.redacted(path) == expected) }

    @Test("methods of paths")
    func routes() {
        let map = RouteMap(
            [
                (HTTPRequest.Method.get, "/v1/videos"), (.post, "/v1/videos"), (.delete, "/v1/videos/{id}"),
                (.get, "/v/{a}/**"), (.get, "/"),
            ].map { Route($0, $1, nil, "", tag: .web, access: .anyone, answers: []) { _ in Response(status: .ok) } })
        func methods(_ path: String) -> String { map.methods(of: path).map(\.rawValue).joined(separator: " ") }
        #expect(methods("/v1/videos") == "GET HEAD OPTIONS POST")
        #expect(methods("/v1/videos/") == "GET HEAD OPTIONS POST")
        #expect(methods("/v1/videos/x") == "DELETE OPTIONS")
        #expect(methods("/v1/videos/x/y") == "")
        #expect(methods("/v/a") == "")
        #expect(methods("/v/a/b") == "GET HEAD OPTIONS")
        #expect(methods("/v/a/b/c/d") == "GET HEAD OPTIONS")
        #expect(methods("/") == "GET HEAD OPTIONS")
    }

    @Test("progress rises through the states of a video")
    func progress() {
        var video = Video(id: "v", ownerID: "u", title: "t", createdAt: 0)
        func stage(_ kind: String, _ fraction: Double) -> StageProgress {
            StageProgress(kind: kind, total: 1, done: 0, fraction: fraction, state: .running)
        }
        func now(_ tasks: [StageProgress], hasVideo: Bool = true, _ received: (Int64, Int64?)? = nil)
            -> ProcessingProgress
        {
            ProcessingProgress(video, hasVideo: hasVideo, hasAudio: true, tasks: tasks, received: received)
        }
        var totals = [now([]).total]
        video.state = .uploading
        #expect(now([], (50, 100)).stages["upload"] == 0.5)
        #expect(now([], (50, nil)).stages["upload"] == 0)
        video.state = .processing
        #expect(now([]).stages["upload"] == 1)
        totals.append(now([stage("probe", 1)]).total)
        totals.append(now([stage("probe", 1)], hasVideo: false).total)
        totals.append(
            now([stage("probe", 1), stage("audio", 1), stage("images", 1), stage("publish", 0.9)], hasVideo: false)
                .total)
        #expect(now([], hasVideo: false).stages["encode"] == nil)
        #expect(now([stage("video", 2)]).stages["encode"] == 1)
        // Everything is done but the last step: not 1 yet.
        totals.append(now(["probe", "video", "audio", "images", "publish"].map { stage($0, 1) }).total)
        #expect(totals.allSatisfy { $0 < 1 })
        video.state = .ready
        totals.append(now([]).total)
        #expect(totals == totals.sorted())
        #expect(totals.last == 1)
        #expect(now([]).stages.values.allSatisfy { $0 == 1 })
    }
}
