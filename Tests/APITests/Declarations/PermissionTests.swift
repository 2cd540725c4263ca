import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import API

/// Every route is called by everybody; who is let in must be what the route's declaration says.
@Suite("Permissions of routes", .timeLimit(.minutes(5))) struct PermissionTests {
    private enum Caller: CaseIterable {
        case anonymous, stranger, owner
    }

    @Test(
        "every route lets in whom its declaration names, answers its example, and ends only with codes that it declares"
    )
    func matrix() async throws {
        try await forEachRoute { route, fixture, client, owner in
            var answered: [Caller] = []
            for caller in Caller.allCases {
                let name: Comment = "\(route.method.rawValue) \(route.path) called by \(caller)"
                let examples = try await RouteExamples(fixture, client, owner: owner)
                var request = try #require(examples.request(for: route), name)
                switch caller {
                case .anonymous: break
                case .stranger: request.headers.append(try await fixture.session(of: "bob"))
                case .owner: request.headers.append(try await fixture.session(of: "alice"))
                }
                let answer = try await client.send(request)
                try check(answer, of: route, caller, name)
                if route.answers.contains(where: { $0.status == answer.status.code }) { answered.append(caller) }
                guard Self.refusal(of: caller, by: route.access) != nil else { continue }
                // A refusal comes before everything else that is wrong with the request.
                request.headers[.contentEncoding] = "gzip"
                request.headers[.contentRange] = "bytes 0-1/2"
                request.body = request.body.map { _ in ByteBuffer(string: "{") }
                try check(try await client.send(request), of: route, caller, name)
            }
            // The handshake of a WebSocket is not a part of the router.
            guard !route.answers.contains(where: { $0.status == 101 }) else { return }
            #expect(
                answered.contains(route.access.needsToken ? .owner : .anonymous),
                "\(route.method.rawValue) \(route.path): add to `RouteExamples` what its example needs for an answer.")
        }
    }

    private func check(_ answer: TestResponse, of route: Route, _ caller: Caller, _ name: Comment) throws {
        let isProblem = answer.headers[.contentType] == "application/problem+json"
        let code = isProblem && answer.body.readableBytes > 0 ? try json(answer)["code"] as? String : nil
        if let refusal = Self.refusal(of: caller, by: route.access) {
            #expect(answer.status == refusal.status, name)
            #expect(route.method == .head || code == refusal.rawValue, name)
        } else if isProblem {
            let declared = route.problems.filter { !route.access.problems.contains($0) }
            // An upload's address with a method override names other routes; without one the method is wrong.
            let codes = declared + (route.access == .secretOfPath ? ProblemCode.ofEveryRoute : [])
            #expect(codes.contains { $0.status == answer.status && (code == nil || $0.rawValue == code) }, name)
            #expect(answer.status != .unprocessableContent, "the example of the body is not valid: \(name)")
        } else {
            #expect(route.answers.contains { $0.status == answer.status.code }, name)
        }
    }

    private static func refusal(of caller: Caller, by rule: AccessRule) -> ProblemCode? {
        switch (rule, caller) {
        case (.user, .anonymous), (.owner, .anonymous): .authenticationRequired
        case (.owner(let refusal), .stranger): refusal
        case (.user, _), (.owner, .owner), (.anyone, _), (.anyoneOrUser, _), (.userForSomeQueries, _),
            (.secretOfPath, _):
            nil
        }
    }
}
