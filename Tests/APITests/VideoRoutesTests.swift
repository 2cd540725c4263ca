import Catalog
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import MediaModel
import NIOCore
import SQL
import Storage
import Testing

@testable import Ingest

@Suite(.timeLimit(.minutes(1))) struct VideoRoutesTests {
    @Test("a draft says where its file goes")
    func create() async throws {
        try await Fixture.run { fixture, client in
            let (headers, _) = try await fixture.signIn()
            let made = try await client.send(.post, "/v1/videos", #"{"title":"  Ünïted ✓ "}"#, headers)
            #expect(made.status == .created)
            let draft = try json(made)
            let id = try #require(draft["id"] as? String)
            #expect(draft["title"] as? String == "Ünïted ✓")
            #expect(draft["state"] as? String == "draft")
            #expect((draft["upload"] as? [String: String]) == ["tus": "/v1/uploads", "put": "/v1/videos/\(id)/source"])
            #expect(made.headers[.location] == "/v1/videos/\(id)")
            let shown = try await client.send(.get, "/v1/videos/\(id)")
            let video = try json(shown)
            #expect(video["playback"] is NSNull)
            #expect(video["durationMs"] is NSNull)
            #expect(video["progress"] as? Double == 0)
            #expect(video["rejection"] == nil)
            #expect(video["watchUrl"] as? String == "/watch/\(id)")
            let tag = try #require(shown.headers[.eTag])
            #expect(try await client.send(.get, "/v1/videos/\(id)", nil, [.ifNoneMatch: tag]).status == .notModified)
        }
    }

    @Test(
        "titles that are refused",
        arguments: [
            #"{"title":""}"#, #"{"title":"   "}"#, #"{"title":"a\nb"}"#, #"{"title":"a\n"}"#, #"{"title":null}"#,
            #"{"title":7}"#, #"{}"#, #"{"title":"x","state":"ready"}"#, #"{"title":"x","description":"a\u0000"}"#,
        ])
    func titles(body: String) async throws {
        try await Fixture.run { fixture, client in
            let (headers, _) = try await fixture.signIn()
            try expectProblem(try await client.send(.post, "/v1/videos", body, headers), 422, "validation_failed")
            let long = "{\"title\":\"\(String(repeating: "ä", count: 201))\"}"
            try expectProblem(try await client.send(.post, "/v1/videos", long, headers), 422, "validation_failed")
            #expect(try await client.send(.get, "/v1/videos?mine=1", nil, headers).body.readableBytes < 60)
        }
    }

    @Test("pages follow each other without a gap; only one's own with mine, only finished ones without")
    func list() async throws {
        try await Fixture.run { fixture, client in
            let (headers, alice) = try await fixture.signIn("alice")
            let (_, bob) = try await fixture.signIn("bobby")
            var mine: [String] = []
            for _ in 0..<5 { mine.append(try await fixture.video(of: alice)) }
            let ready = try await fixture.video(of: bob, .ready)
            var seen: [String] = []
            var cursor = ""
            while true {
                let page = try json(try await client.send(.get, "/v1/videos?mine=1&limit=2\(cursor)", nil, headers))
                let data = try #require(page["data"] as? [[String: Any]])
                #expect(data.count <= 2)
                seen += data.compactMap { $0["id"] as? String }
                guard let next = (page["page"] as? [String: Any])?["next"] as? String else { break }
                cursor = "&cursor=\(next)"
            }
            #expect(seen == mine.sorted().reversed())
            let all = try json(try await client.send(.get, "/v1/videos"))
            #expect((all["data"] as? [[String: Any]])?.compactMap { $0["id"] as? String } == [ready])
            try expectProblem(try await client.send(.get, "/v1/videos?mine=1"), 401, "authentication_required")
            for query in [
                "limit=0", "limit=101", "limit=x", "limit=%2B5", "limit=", "limit=1&limit=2", "cursor=x", "cursor=",
                "mine=maybe", "limit=999999999999999999999",
            ] {
                try expectProblem(
                    try await client.send(.get, "/v1/videos?\(query)", nil, headers), 422, "validation_failed")
            }
        }
    }

    @Test("only the owner changes and deletes; a deleted video is gone with all its objects")
    func ownership() async throws {
        try await Fixture.run { fixture, client in
            let (headers, alice) = try await fixture.signIn("alice")
            let (others, _) = try await fixture.signIn("bobby")
            let id = try await fixture.video(of: alice)
            try await fixture.store.put([1], at: "videos/\(id)/g1/v240/00001.m4s")
            try await fixture.store.put([1], at: "sources/\(id)/original")
            let path = "/v1/videos/\(id)"
            let change = #"{"title":"New"}"#
            try expectProblem(try await client.send(.patch, path, change), 401, "authentication_required")
            try expectProblem(try await client.send(.patch, path, change, others), 403, "forbidden")
            try expectProblem(try await client.send(.delete, path, nil, others), 403, "forbidden")
            try expectProblem(try await client.send(.delete, path), 401, "authentication_required")
            try expectProblem(
                try await client.send(.patch, path, #"{"title":null}"#, headers), 422, "validation_failed")
            let changed = try await client.send(.patch, path, #"{"title":"New","description":"two\nlines"}"#, headers)
            #expect(try json(changed)["description"] as? String == "two\nlines")
            let merged = try await client.send(
                .patch, path, #"{"description":""}"#,
                headers.adding(.contentType, "application/merge-patch+json"))
            #expect(try json(merged)["title"] as? String == "New")
            #expect(try await client.send(.delete, path, nil, headers).status == .noContent)
            try expectProblem(try await client.send(.delete, path, nil, headers), 404, "video_not_found")
            try expectProblem(try await client.send(.get, path), 404, "video_not_found")
            #expect(try await fixture.store.list(in: "", after: nil, limit: 9).isEmpty)
        }
    }

    @Test(
        "identifiers that are none are not found, whatever they hold",
        arguments: ["x", "vid_", "vid_%C3%A4", "%3f", "vid_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    func unknown(id: String) async throws {
        try await Fixture.run { fixture, client in
            let (headers, _) = try await fixture.signIn()
            for method in [HTTPRequest.Method.get, .patch, .delete] {
                let answer = try await client.send(method, "/v1/videos/\(id)", method == .patch ? "{}" : nil, headers)
                try expectProblem(answer, 404, "video_not_found")
            }
            try expectProblem(try await client.send(.get, "/v1/videos/\(id)/events"), 404, "video_not_found")
        }
    }

    @Test("a video whose upload another process is finishing is not deleted now, and says so")
    func deleteWhileLocked() async throws {
        try await Fixture.run { fixture, client in
            let (headers, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice)
            let opened = try await fixture.uploads.create(
                NewUpload(
                    ownerID: alice, length: 5,
                    metadata: try UploadMetadata("videoId \(Data(id.utf8).base64EncodedString())")))
            // Locks of two open files exclude each other in one process just as in two (fcntl(2), OFD locks).
            let folder = try UploadFolder(path: fixture.folder + "/uploads", at: 1, logger: Logger(label: "test"))
            let other = try UploadLocks(folder: folder)
            let lock = try await other.acquire(opened.address.id, interruptingAfter: .zero)
            let locked = try await client.send(.delete, "/v1/videos/\(id)", nil, headers)
            try expectProblem(locked, 423, "upload_locked")
            #expect(locked.headers[.retryAfter] == "1")
            other.release(lock)
            await folder.shutdown()
            #expect(try await client.send(.delete, "/v1/videos/\(id)", nil, headers).status == .noContent)
        }
    }

    @Test("a rejection is told with its code")
    func rejected() async throws {
        try await Fixture.run { fixture, client in
            let (_, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice, .processing)
            let rejection = Rejection(.tooLong, "14 hours; at most 12.")
            _ = try await fixture.database.transaction { try Videos.reject(id, rejection, at: 1, in: $0) }
            let video = try json(try await client.send(.get, "/v1/videos/\(id)"))
            #expect(video["state"] as? String == "rejected")
            #expect(video["rejection"] as? [String: String] == ["code": "too_long", "detail": "14 hours; at most 12."])
        }
    }

    @Test("a file by PUT and by form is taken in")
    func upload() async throws {
        try await Fixture.run { fixture, client in
            let (headers, alice) = try await fixture.signIn()
            let id = try await fixture.video(of: alice)
            let put = try await client.send(
                .put, "/v1/videos/\(id)/source", "bytes", headers.adding(.contentType, "video/mp4"))
            #expect(put.status == .accepted)
            #expect(try json(put)["state"] as? String == "processing")
            let again = try await client.send(.put, "/v1/videos/\(id)/source", "bytes", headers)
            try expectProblem(again, 409, "video_has_source")
            let form =
                "--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nForm\r\n--b\r\n"
                + "Content-Disposition: form-data; name=\"file\"; filename=\"a.mp4\"\r\n\r\nbytes\r\n--b--\r\n"
            let posted = try await client.send(
                .post, "/v1/videos", form, headers.adding(.contentType, "multipart/form-data; boundary=b"))
            #expect(posted.status == .accepted)
            #expect(try json(posted)["title"] as? String == "Form")
        }
    }
}

extension HTTPFields {
    /// The same fields and one more.
    func adding(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var copy = self
        copy[name] = value
        return copy
    }
}
