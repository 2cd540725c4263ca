import API
import Catalog
import Foundation
import HTTPTypes
import HummingbirdTesting
import SQL
import Testing

@Suite("Routes of webhooks", .timeLimit(.minutes(1))) struct WebhookRoutesTests {
    @Test("tests and repetitions are limited for each account, and the limit of one account does not affect others")
    func limit() async throws {
        try await Fixture.run { fixture, client in
            let (alice, _) = try await fixture.signIn("alice")
            let (bob, _) = try await fixture.signIn("bob")
            func register(_ headers: HTTPFields) async throws -> String {
                let made = try await client.send(.post, "/v1/webhooks", #"{"url":"https://example.org/"}"#, headers)
                return "/v1/webhooks/" + (try #require(try json(made)["id"] as? String))
            }
            let (first, second, theirs) = (
                try await register(alice), try await register(alice), try await register(bob)
            )
            var deliveries: [String] = []
            for number in 0..<29 {
                let answer = try await client.send(.post, "\(number % 2 == 0 ? first : second)/test", nil, alice)
                #expect(answer.status == .accepted)
                deliveries.append(try #require(try json(answer)["id"] as? String))
            }
            let pending = "\(first)/deliveries/\(deliveries[0])/redeliver"
            try expectProblem(try await client.send(.post, pending, nil, alice), 409, "delivery_pending")
            // All of an account's endpoints share the limit, and so do both ways to ask, whatever the outcome.
            let refused = try await client.send(.post, "\(second)/test", nil, alice)
            try expectProblem(refused, 429, "rate_limited")
            let wait = try #require(refused.headers[.retryAfter].flatMap { Int($0) })
            #expect((1...300).contains(wait))
            try expectProblem(try await client.send(.post, pending, nil, alice), 429, "rate_limited")
            try await fixture.database.transaction {
                try $0.execute("UPDATE webhook_deliveries SET state = 'dead'")
            }
            try expectProblem(try await client.send(.post, pending, nil, alice), 429, "rate_limited")
            // What was refused has not been queued.
            let listed = try json(try await client.send(.get, "\(first)/deliveries?limit=100", nil, alice))
            let states = try #require(listed["data"] as? [[String: Any]]).compactMap { $0["state"] as? String }
            #expect(states == [String](repeating: "dead", count: 15))
            #expect(try await client.send(.post, "\(theirs)/test", nil, bob).status == .accepted)
        }
    }
}
