import Accounts
import Catalog
import Foundation
import Logging
import Redis
import Testing

/// Against a real server in a folder of its own.
@Suite("Sessions in Redis", .timeLimit(.minutes(1)))
struct RedisSessionStoreTests {
    private static func withServer(_ body: (PrivateRedisServer, RedisClient) async throws -> Void) async throws {
        // A socket's path has little room, so not in the long temporary folders of some systems.
        let folder = "/tmp/accounts-redis-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try await PrivateRedisServer.start(in: folder, logger: logger)
        var configuration = RedisClient.Configuration()
        // Beside many other tests a thread may come late; only the test with the stopped server waits this out.
        configuration.patience = .seconds(10)
        configuration.commandTimeout = .seconds(20)
        configuration.connectTimeout = .seconds(10)
        let client = RedisClient(endpoint: server.endpoint, logger: logger, configuration: configuration)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(server, client))
        } catch {
            outcome = .failure(error)
        }
        await client.shutdown()
        await server.stop()
        try outcome.get()
    }

    @Test("Sessions and counts behave as in memory, and end by themselves")
    func store() async throws {
        try await Self.withServer { _, client in
            let store = RedisSessionStore(client)
            let session = Session(userID: "usr_1", createdAt: 1, expiresAt: 2, address: "::1", userAgent: "ü \"x\"")
            try await store.save(session, digest: "d", seconds: 100)
            #expect(try await store.find(digest: "d") == session)
            #expect(try await client.send("TTL", "sess:d").int == 100)
            let json = try await client.send("GET", "sess:d").text ?? ""
            #expect(json.contains(#""userId":"usr_1""#))
            try await store.remove(digest: "d")
            #expect(try await store.find(digest: "d") == nil)

            #expect(try await store.failures(key: "k") == (0, 0))
            for _ in 0..<3 { try await store.countFailure(key: "k", seconds: 50) }
            let failures = try await store.failures(key: "k")
            #expect(failures.count == 3)
            #expect((49...50).contains(failures.secondsLeft))
            try await store.forgetFailures(key: "k")
            #expect(try await store.failures(key: "k") == (0, 0))
        }
    }

    @Test("A value that is no session counts as none")
    func foreignValue() async throws {
        try await Self.withServer { _, client in
            try await client.send("SET", "sess:d", "{")
            #expect(try await RedisSessionStore(client).find(digest: "d") == nil)
        }
    }

    @Test("Registration to sign-out works over Redis")
    func wholeWay() async throws {
        try await Self.withServer { _, client in
            try await AccountsFixture.with { fixture in
                let user = try await fixture.registerAda()
                let accounts = Accounts(
                    database: fixture.database, store: RedisSessionStore(client), configuration: .cheap)
                let signIn = try await accounts.login(
                    identifier: "ada", password: "correct horse", address: "192.0.2.1")
                #expect(try await accounts.session(signIn.token) == user.id)
                try await accounts.logout(signIn.token)
                #expect(try await accounts.session(signIn.token) == nil)
                await accounts.shutdown()
            }
        }
    }

    @Test("A stopped server is a store that is unavailable")
    func stopped() async throws {
        try await Self.withServer { server, client in
            let store = RedisSessionStore(client)
            let missing = try await store.find(digest: "d")
            #expect(missing == nil)
            await server.stop()
            await #expect(throws: AccountsError.sessionStoreUnavailable) { _ = try await store.find(digest: "d") }
        }
    }
}
