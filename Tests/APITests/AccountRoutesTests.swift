import Accounts
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import API

@Suite(.timeLimit(.minutes(1))) struct AccountRoutesTests {
    private let good = #"{"email":"a@b.org","username":"alice","password":"correct horse"}"#

    @Test("register, sign in by address or name, sign out")
    func life() async throws {
        try await Fixture.run { _, client in
            let made = try await client.send(.post, "/v1/auth/register", good)
            #expect(made.status == .created)
            #expect(try json(made)["username"] as? String == "alice")
            for who in [#""email":"A@B.org""#, #""username":"ALICE""#] {
                let session = try await client.send(.post, "/v1/auth/login", "{\(who),\"password\":\"correct horse\"}")
                #expect(session.status == .ok)
                let token = try #require(try json(session)["token"] as? String)
                let headers: HTTPFields = [.authorization: "Bearer \(token)"]
                #expect(try await client.send(.get, "/v1/videos?mine=1", nil, headers).status == .ok)
                #expect(try await client.send(.post, "/v1/auth/logout", nil, headers).status == .noContent)
                let after = try await client.send(.get, "/v1/videos?mine=1", nil, headers)
                try expectProblem(after, 401, "invalid_token")
                #expect(after.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
            }
        }
    }

    @Test("each refusal has its code")
    func refusals() async throws {
        try await Fixture.run { _, client in
            _ = try await client.send(.post, "/v1/auth/register", good)
            for (body, status, code) in [
                (good, 409, "email_taken"),
                (#"{"email":"c@b.org","username":"Alice","password":"correct horse"}"#, 409, "username_taken"),
                (#"{"email":"c","username":"carol","password":"correct horse"}"#, 422, "invalid_email"),
                (#"{"email":"c@b.org","username":"c","password":"correct horse"}"#, 422, "invalid_username"),
                (#"{"email":"c@b.org","username":"carol","password":"short"}"#, 422, "weak_password"),
                (#"{"email":"c@b.org"}"#, 422, "validation_failed"),
                (#"{"email":1,"username":"carol","password":"correct horse"}"#, 422, "validation_failed"),
                (
                    #"{"email":"c@b.org","username":"carol","password":"correct horse","role":"admin"}"#, 422,
                    "validation_failed"
                ),
                ("[]", 422, "validation_failed"), ("{", 400, "malformed_request"), ("", 400, "malformed_request"),
            ] {
                try expectProblem(try await client.send(.post, "/v1/auth/register", body), status, code)
            }
            let wrong = try await client.send(.post, "/v1/auth/login", #"{"email":"a@b.org","password":"wrong horse"}"#)
            try expectProblem(wrong, 401, "bad_credentials")
            let unknown = try await client.send(
                .post, "/v1/auth/login", #"{"email":"x@b.org","password":"wrong horse"}"#)
            try expectProblem(unknown, 401, "bad_credentials")
            let nameless = try await client.send(.post, "/v1/auth/login", #"{"password":"wrong horse"}"#)
            try expectProblem(nameless, 422, "validation_failed")
        }
    }

    @Test("too many wrong passwords have to wait")
    func throttle() async throws {
        try await Fixture.run { _, client in
            _ = try await client.send(.post, "/v1/auth/register", good)
            let wrong = #"{"email":"a@b.org","password":"wrong horse"}"#
            for _ in 0..<10 { _ = try await client.send(.post, "/v1/auth/login", wrong) }
            let refused = try await client.send(.post, "/v1/auth/login", wrong)
            try expectProblem(refused, 429, "too_many_attempts")
            #expect(refused.headers[.retryAfter].flatMap { Int($0) } ?? 0 > 0)
        }
    }

    @Test("attempts that are refused because others are in progress say so, and that it takes a second")
    func underWay() {
        for (error, code) in [
            (AccountsError.attemptsUnderWay, "too_many_attempts"), (.registrationsUnderWay, "too_many_registrations"),
        ] {
            let problem = Problem(describing: error, Logger(label: "test"))
            #expect(problem.status == .tooManyRequests && problem.code.rawValue == code)
            #expect(problem.headers[.retryAfter] == "1")
        }
    }

    @Test("the type of a body: JSON, none, or curl's default for what looks like JSON")
    func types() async throws {
        try await Fixture.run { _, client in
            for (type, status) in [
                ("application/json; charset=utf-8", 401), ("application/x-www-form-urlencoded", 401),
                ("text/plain", 415), ("multipart/form-data; boundary=x", 415), ("nonsense", 415),
            ] {
                let answer = try await client.send(
                    .post, "/v1/auth/login", #"{"email":"a@b.org","password":"wrong horse"}"#, [.contentType: type])
                #expect(answer.status.code == status, "\(type)")
            }
            let form = try await client.send(
                .post, "/v1/auth/login", "email=a", [.contentType: "application/x-www-form-urlencoded"])
            try expectProblem(form, 415, "unsupported_media_type")
            let packed = try await client.send(.post, "/v1/auth/login", "{}", [.contentEncoding: "gzip"])
            try expectProblem(packed, 415, "unsupported_media_type")
        }
    }

    @Test("bodies that are no UTF-8, too long or too deep")
    func bodies() async throws {
        try await Fixture.run { _, client in
            let bytes = ByteBuffer(bytes: Array(#"{"email":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8))
            let headers: HTTPFields = [.contentType: "application/json"]
            let broken = try await client.executeRequest(
                uri: "/v1/auth/login", method: .post, headers: headers, body: bytes)
            try expectProblem(broken, 400, "malformed_request")
            let long = try await client.send(
                .post, "/v1/auth/login", "{\"a\":\"\(String(repeating: "x", count: 70_000))\"}")
            try expectProblem(long, 413, "body_too_large")
            let deep = String(repeating: "[", count: 30_000)
            #expect(try await client.send(.post, "/v1/auth/login", deep).status == .badRequest)
            let surrogate = try await client.send(.post, "/v1/auth/login", #"{"email":"\ud800","password":"x"}"#)
            #expect(surrogate.status.code < 500)
            let nul = try await client.send(.post, "/v1/auth/login", #"{"email":"a\u0000b","password":"x"}"#)
            try expectProblem(nul, 401, "bad_credentials")
        }
    }
}
