import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Packager
import SQL
import Testing

@Suite(.timeLimit(.minutes(1))) struct CaptionRoutesTests {
    private static let subRip = "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> & welcome\n"

    private func withVideo(
        _ body: @escaping @Sendable (Fixture, any TestClientProtocol, String, HTTPFields) async throws -> Void
    ) async throws {
        try await Fixture.run { fixture, client in
            let (headers, alice) = try await fixture.signIn("alice")
            try await body(fixture, client, "/v1/videos/\(try await fixture.video(of: alice, .ready))", headers)
        }
    }

    @Test("captions are sent, listed, read, replaced and removed")
    func life() async throws {
        try await withVideo { _, client, base, headers in
            let made = try await client.send(.put, "\(base)/captions/pt-br?label=Brasil", Self.subRip, headers)
            #expect(made.status == .created)
            #expect(made.headers[.location] == "\(base)/captions/pt-BR")
            let document = try json(made)
            #expect(document["language"] as? String == "pt-BR" && document["label"] as? String == "Brasil")
            #expect(document["source"] as? String == "upload" && document["forced"] as? Bool == false)
            let shown = try await client.send(.get, "\(base)/captions/PT-br")
            #expect(shown.headers[.contentType] == "text/vtt")
            #expect(
                String(buffer: shown.body)
                    == "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<i>Hello</i> &amp; welcome\n\n")
            let vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\nanew"
            let replaced = try await client.send(.put, "\(base)/captions/pt-BR", vtt, headers)
            #expect(replaced.status == .ok)
            #expect(try json(replaced)["label"] as? String == "pt-br")
            #expect(try await client.send(.put, "\(base)/captions/eng", vtt, headers).status == .created)
            let listed = try json(try await client.send(.get, "\(base)/captions"))
            let data = try #require(listed["data"] as? [[String: Any]])
            #expect(data.compactMap { $0["language"] as? String } == ["en", "pt-BR"])
            let video = try json(try await client.send(.get, base))
            #expect(
                (video["captions"] as? [[String: Any]])?.compactMap { $0["label"] as? String } == ["English", "pt-br"])
            #expect(try await client.send(.delete, "\(base)/captions/en", nil, headers).status == .noContent)
            try expectProblem(
                try await client.send(.delete, "\(base)/captions/en", nil, headers), 404, "captions_not_found")
            try expectProblem(try await client.send(.get, "\(base)/captions/en"), 404, "captions_not_found")
        }
    }

    @Test("captions of the file show where none were sent, and cannot be removed")
    func extracted() async throws {
        try await withVideo { fixture, client, base, headers in
            let id = String(base.split(separator: "/")[2])
            try await fixture.database.transaction { connection in
                try connection.execute("UPDATE videos SET generation = 1 WHERE id = $1", [.text(id)])
                try Captions.setExtracted(
                    [
                        CaptionRecord(
                            videoID: id, generation: 1, track: "seng", language: "en", label: "English",
                            webVTT: "WEBVTT\n\nread", createdAt: 1)
                    ], video: id, generation: 1, in: connection)
            }
            #expect(String(buffer: try await client.send(.get, "\(base)/captions/en").body) == "WEBVTT\n\nread")
            try expectProblem(
                try await client.send(.delete, "\(base)/captions/en", nil, headers), 404, "captions_not_found")
            _ = try await client.send(.put, "\(base)/captions/en", "WEBVTT\n", headers)
            let listed = try json(try await client.send(.get, "\(base)/captions"))
            let data = try #require(listed["data"] as? [[String: Any]])
            #expect(data.compactMap { $0["source"] as? String } == ["upload"])
            #expect(try await client.send(.delete, "\(base)/captions/en", nil, headers).status == .noContent)
            #expect(String(buffer: try await client.send(.get, "\(base)/captions/en").body) == "WEBVTT\n\nread")
        }
    }

    @Test("what is blocked can be read by its owner alone")
    func blocked() async throws {
        try await withVideo { fixture, client, base, headers in
            _ = try await client.send(.put, "\(base)/captions/en", "WEBVTT\n", headers)
            let id = String(base.split(separator: "/")[2])
            try await fixture.block(id)
            for path in ["\(base)/captions/en", "\(base)/captions"] {
                try expectProblem(try await client.send(.get, path), 403, "video_blocked")
                #expect(try await client.send(.get, path, nil, headers).status == .ok)
            }
        }
    }

    @Test("only the owner may send and remove")
    func rights() async throws {
        try await withVideo { fixture, client, base, _ in
            let (bob, _) = try await fixture.signIn("bobby")
            for method in [HTTPRequest.Method.put, .delete] {
                let path = "\(base)/captions/en"
                try expectProblem(try await client.send(method, path, "WEBVTT"), 401, "authentication_required")
                try expectProblem(try await client.send(method, path, "WEBVTT", bob), 403, "forbidden")
                let other = "/v1/videos/vid_00000000000000000000000000/captions/en"
                try expectProblem(try await client.send(method, other, "WEBVTT", bob), 404, "video_not_found")
            }
            try expectProblem(
                try await client.send(.get, "/v1/videos/vid_00000000000000000000000000/captions"), 404,
                "video_not_found")
        }
    }

    @Test("what is wrong has a code")
    func refusals() async throws {
        try await withVideo { _, client, base, headers in
            for (languages, status) in [
                (["english", "e", "en_US", "en-US-GB", "en%20"], HTTPResponse.Status.unprocessableContent),
                (["..", "%2e%2e", "en%2Fx"], .badRequest),
            ] {
                for language in languages {
                    let answer = try await client.send(.put, "\(base)/captions/\(language)", Self.subRip, headers)
                    #expect(answer.status == status, "\(language)")
                }
            }
            try expectProblem(
                try await client.send(.put, "\(base)/captions/english", Self.subRip, headers), 422, "invalid_language")
            let path = "\(base)/captions/en"
            let broken = try await client.send(.put, path, "WEBVTT\n\n00:01.000 --> never\na", headers)
            try expectProblem(broken, 422, "invalid_captions")
            #expect((try json(broken)["detail"] as? String)?.hasPrefix("Line 3: ") == true)
            try expectProblem(try await client.send(.put, path, "", headers), 422, "invalid_captions")
            let large = String(repeating: "x", count: CaptionLimits.maximumByteCount + 1)
            try expectProblem(try await client.send(.put, path, large, headers), 413, "captions_too_large")
            var packed = headers
            packed[.contentEncoding] = "gzip"
            try expectProblem(
                try await client.send(.put, path, Self.subRip, packed), 415, "unsupported_content_encoding")
            for label in ["label=", "label=%20", "label=a%0Ab", "label=a&label=b"] {
                try expectProblem(
                    try await client.send(.put, "\(path)?\(label)", Self.subRip, headers), 422, "validation_failed")
            }
        }
    }
}
