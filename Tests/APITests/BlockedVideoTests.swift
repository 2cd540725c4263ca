import API
import Catalog
import Foundation
import Ground
import HTTPTypes
import HummingbirdTesting
import NIOCore
import SQL
import Storage
import Synchronization
import Testing

@Suite("Blocked and deleted videos", .timeLimit(.minutes(1))) struct BlockedVideoTests {
    /// A clock that a test sets.
    private final class Clock: Sendable {
        let time = Mutex<Int64>(1_700_000_000_000)
        var wall: WallClock { WallClock { self.time.withLock { $0 } } }
        func advance(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    private static let objects = [
        "v240/init.mp4", "v240/00001.m4s", "aund/00001.m4s", "poster-1.jpg", "storyboard-1.jpg",
    ]
    private static let manifests = [
        "main.m3u8", "manifest.mpd", "v240/index.m3u8", "storyboard.vtt", "sen/captions.vtt",
    ]

    private static func fill(_ fixture: Fixture, _ video: String) async throws {
        for path in objects { try await fixture.store.put([1, 2, 3, 4], at: "videos/\(video)/g1/\(path)") }
        for path in manifests { fixture.playback.set("text", at: path) }
    }

    private static func requests(_ video: String) -> [(HTTPRequest.Method, String, HTTPFields)] {
        let paths = (objects + manifests).map { "/v/\(video)/g1/\($0)" }
        return paths.flatMap { path -> [(HTTPRequest.Method, String, HTTPFields)] in
            [(.get, path, HTTPFields()), (.head, path, HTTPFields()), (.get, path, [.range: "bytes=1-2"])]
        }
    }

    @Test(
        "nothing of a blocked video is sent, by GET, HEAD or range, by the API or by nginx", arguments: [false, true])
    func nothing(byProxy: Bool) async throws {
        let redirect = byProxy ? AccelRedirect(prefix: "/_media") : nil
        try await Fixture.run(accelRedirect: redirect) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let video = try await fixture.video(of: alice, .ready)
            try await Self.fill(fixture, video)
            try await fixture.block(video)
            let accelRedirect = try #require(HTTPField.Name("X-Accel-Redirect"))
            for (method, path, headers) in Self.requests(video) {
                let answer = try await client.send(method, path, nil, headers)
                #expect(answer.status == .forbidden, "\(method) \(path)")
                #expect(answer.headers[accelRedirect] == nil)
                #expect(answer.headers[.cacheControl] == "no-store")
                if method == .get { try expectProblem(answer, 403, "video_blocked") }
            }
        }
    }

    @Test("a node that does not hear of it goes on for less than five seconds, one that does stops at once")
    func others() async throws {
        let clock = Clock()
        try await Fixture.run(clock: clock.wall) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let video = try await fixture.video(of: alice, .ready)
            try await Self.fill(fixture, video)
            let path = "/v/\(video)/g1/v240/00001.m4s"
            #expect(try await client.send(.get, path).status == .ok)
            try await fixture.block(video)
            clock.advance(2_900)
            #expect(try await client.send(.get, path).status == .ok)
            clock.advance(200)
            #expect(try await client.send(.get, path).status == .forbidden)
            // Another video's withdrawal changes nothing of what is known.
            #expect(try await fixture.database.transaction { try Videos.unblock(video, at: 1, in: $0) })
            fixture.services.gate.withdraw(video: "vid_other")
            #expect(try await client.send(.get, path).status == .forbidden)
            fixture.services.gate.withdraw(video: video)
            #expect(try await client.send(.get, path).status == .ok)
            try await fixture.block(video)
            fixture.services.gate.withdraw(video: nil)
            #expect(try await client.send(.get, path).status == .forbidden)
            // A clock that is put back keeps nothing alive.
            #expect(try await fixture.database.transaction { try Videos.unblock(video, at: 1, in: $0) })
            clock.advance(-3_600_000)
            #expect(try await client.send(.get, path).status == .ok)
        }
    }

    @Test("playback needs no query for each segment")
    func cost() async throws {
        let counting = Counting()
        try await Fixture.run(counting: counting) { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let video = try await fixture.video(of: alice, .ready)
            try await Self.fill(fixture, video)
            _ = try await client.send(.get, "/v/\(video)/g1/main.m3u8")
            counting.reset()
            for _ in 0..<50 {
                #expect(try await client.send(.get, "/v/\(video)/g1/v240/00001.m4s").status == .ok)
            }
            #expect(counting["query"] <= 4)
        }
    }

    @Test("the owner sees that it is blocked and why, others see nothing of it")
    func views() async throws {
        try await Fixture.run { fixture, client in
            let (alice, aliceID) = try await fixture.signIn("alice")
            let (bob, _) = try await fixture.signIn("bob")
            let video = try await fixture.video(of: aliceID, .ready, title: "Secret title")
            try await fixture.block(video, reason: "The rights are somebody else's.")
            let path = "/v1/videos/\(video)"
            // A token that is not valid is nobody's.
            for headers in [bob, [:], [.authorization: "Bearer nonsense"]] {
                let answer = try await client.send(.get, path, nil, headers)
                try expectProblem(answer, 403, "video_blocked")
                #expect(!String(buffer: answer.body).contains("Secret title"))
                try expectProblem(try await client.send(.get, path + "/events", nil, headers), 403, "video_blocked")
            }
            let own = try json(try await client.send(.get, path, nil, alice))
            #expect(own["state"] as? String == "blocked")
            #expect(own["title"] as? String == "Secret title")
            #expect((own["block"] as? [String: Any])?["reason"] as? String == "The rights are somebody else's.")
            #expect(own["playback"] is NSNull)
            let mine = try json(try await client.send(.get, "/v1/videos?mine=1", nil, alice))
            let listed = try #require((mine["data"] as? [[String: Any]])?.first)
            #expect((listed["block"] as? [String: Any])?["reason"] as? String == "The rights are somebody else's.")
            let all = try json(try await client.send(.get, "/v1/videos"))
            #expect((all["data"] as? [Any])?.isEmpty == true)
            // They may still rename and delete it.
            let renamed = try await client.send(.patch, path, #"{"title":"Other"}"#, alice)
            #expect(try json(renamed)["state"] as? String == "blocked")
            #expect(try await client.send(.delete, path, nil, alice).status == .noContent)
            #expect(fixture.changes.withdrawn == [video])
        }
    }

    @Test("an events stream ends with the block, and tells others nothing else of it")
    func events() async throws {
        try await Fixture.run(.live) { fixture, client in
            let (alice, aliceID) = try await fixture.signIn("alice")
            let video = try await fixture.video(of: aliceID, .processing, title: "Secret title")
            for (headers, isOwner) in [(alice, true), ([:], false)] as [(HTTPFields, Bool)] {
                async let answer = client.send(.get, "/v1/videos/\(video)/events", nil, headers)
                while fixture.changes.listenerCount(of: video) == 0 { await Task.yield() }
                try await fixture.block(video)
                await fixture.changes.announce(video: video)
                let text = String(buffer: try await answer.body)
                let last = text.components(separatedBy: "event: state").last ?? ""
                #expect(last.contains(#""state":"blocked""#))
                #expect(last.contains("Secret title") == isOwner)
                #expect(last.contains("spam") == isOwner)
                #expect(try await fixture.database.transaction { try Videos.unblock(video, at: 1, in: $0) })
                fixture.changes.forget(video)
            }
        }
    }

    @Test("the objects of failed, rejected, deleted and unknown generations are not sent")
    func gone() async throws {
        try await Fixture.run { fixture, client in
            let (alice, aliceID) = try await fixture.signIn("alice")
            let deleted = try await fixture.video(of: aliceID, .ready)
            let failed = try await fixture.video(of: aliceID, .ready)
            let rejected = try await fixture.video(of: aliceID, .rejected)
            for video in [deleted, failed, rejected] { try await Self.fill(fixture, video) }
            let path = { (video: String) in "/v/\(video)/g1/v240/00001.m4s" }
            #expect(try await client.send(.get, path(deleted)).status == .ok)
            #expect(try await client.send(.delete, "/v1/videos/\(deleted)", nil, alice).status == .noContent)
            try await Self.fill(fixture, deleted)
            try await fixture.database.transaction {
                try Generations.apply(.failed, to: 1, of: failed, in: $0)
            }
            for video in [deleted, failed, rejected] {
                try expectProblem(try await client.send(.get, path(video)), 404, "not_found")
                try expectProblem(try await client.send(.get, "/v/\(video)/g1/poster-1.jpg"), 404, "not_found")
            }
            // A generation that nobody is served from and nobody makes.
            let video = try await fixture.video(of: aliceID, .ready)
            try await fixture.store.put([1], at: "videos/\(video)/g2/v240/00001.m4s")
            try expectProblem(try await client.send(.get, "/v/\(video)/g2/v240/00001.m4s"), 404, "not_found")
        }
    }
}
