import Accounts
import Catalog
import Ground
import Logging
import SQL
import SQLFixtures
import Schema
import Synchronization
import Testing

@testable import Webhooks

/// A database with a creator, a video and a manual clock, and a service over it.
struct WebhookFixture {
    let database: any Database
    let time: ManualTime

    static func with(_ engine: DatabaseEngine, _ body: (WebhookFixture) async throws -> Void) async throws {
        try await TestDatabase.with(engine) { test async throws in
            let database = test.database
            try await Schema.prepare(database, clock: WallClock { 1 })
            try await database.transaction { connection in
                try Users.insert(
                    User(
                        id: "usr_1", email: "a@example.org", username: "a", passwordHash: "hash",
                        passwordScheme: "bcrypt-sha256", createdAt: 5), in: connection)
                try Videos.insert(Video(id: "vid_1", ownerID: "usr_1", title: "One", createdAt: 10), in: connection)
            }
            try await body(WebhookFixture(database: database, time: ManualTime()))
        }
    }

    /// A service that may use http and the loopback interface.
    func service(change: (inout DeliveryService.Configuration) -> Void = { _ in }) throws -> DeliveryService {
        var configuration = DeliveryService.Configuration()
        configuration.sender.allowsPlain = true
        configuration.sender.addresses = AddressGuard(allowed: [try #require(Network("127.0.0.0/8"))])
        change(&configuration)
        return try DeliveryService(
            database: database, configuration: configuration, clock: WallClock { [time] in time.now }, random: { 0.5 },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    func addUser(_ id: String) async throws {
        try await database.transaction { connection in
            try Users.insert(
                User(
                    id: id, email: "\(id)@example.org", username: id, passwordHash: "hash",
                    passwordScheme: "bcrypt-sha256", createdAt: 5), in: connection)
        }
    }

    func register(
        _ url: String, id: String = "whk_1", user: String = "usr_1", events: [WebhookEvent] = WebhookEvent.choices
    ) async throws {
        let endpoint = Endpoint(id: id, userID: user, url: url, secret: "whsec_x", events: events, createdAt: 1)
        #expect(try await database.transaction { try Endpoints.insert(endpoint, in: $0) })
    }

    func announce(_ event: WebhookEvent = .ready) async throws {
        let now = time.now
        try await database.transaction { try Outbox.announce(event: event, video: "vid_1", at: now, in: $0) }
    }

    /// Announces a video of a new user.
    func announce(video: String, of user: String) async throws {
        let now = time.now
        try await database.transaction { connection in
            try Videos.insert(Video(id: video, ownerID: user, title: "Two", createdAt: 10), in: connection)
            try Outbox.announce(event: .ready, video: video, at: now, in: connection)
        }
    }

    func deliveries(_ webhook: String = "whk_1") async throws -> [Delivery] {
        try await database.read { try Deliveries.list(webhook: webhook, in: $0) }
    }

    func endpoint(_ id: String = "whk_1") async throws -> Endpoint? {
        try await database.read { try Endpoints.find(id: id, in: $0) }
    }
}

/// A clock that the test sets.
final class ManualTime: Sendable {
    private let value = Mutex<Int64>(1_700_000_000_000)

    var now: Int64 { value.withLock { $0 } }

    func advance(seconds: Int64) { value.withLock { $0 += seconds * 1000 } }
}
