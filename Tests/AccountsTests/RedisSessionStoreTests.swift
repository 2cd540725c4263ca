import Accounts
import Foundation
import Logging
import Redis
import Testing

/// Runs against a real server with a separate folder.
@Suite("Sessions in Redis", .timeLimit(.minutes(1)))
struct RedisSessionStoreTests {
    private static func withServer(_ body: (PrivateRedisServer, RedisClient) async throws -> Void) async throws {
        // The length of a socket's path is limited, and the temporary folders of some systems have long paths.
        let folder = "/tmp/accounts-redis-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let server = try await PrivateRedisServer.start(in: folder, logger: logger)
        var configuration = RedisClient.Configuration()
        // A thread may start late while many other tests run; only the test with the stopped server waits this long.
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

    @Test("Sessions and counts behave as in memory, and expire")
    func store() async throws {
        try await Self.withServer { _, client in
            let store = RedisSessionStore(client)
            let session = Session(userID: "usr_1", createdAt: 1, expiresAt: 2, address: "::1", userAgent: "ü \"x\"")
            let clock = ContinuousClock()
            let saved = clock.now
            try await store.save(session, digest: "d", seconds: 100)
            #expect(try await store.find(digest: "d") == session)
            let left = try await client.send("PTTL", "sess:d").int ?? 0
            let passed = Int64(saved.duration(to: clock.now) / .milliseconds(1)) + 1
            #expect((100_000 - passed...100_000).contains(left))
            let json = try await client.send("GET", "sess:d").text ?? ""
            #expect(json.contains(#""userId":"usr_1""#))
            try await store.remove(digest: "d")
            #expect(try await store.find(digest: "d") == nil)

            #expect(try await store.isKnown(key: "k") == false)
            let known = clock.now
            try await store.setKnown(key: "k", seconds: 50)
            #expect(try await store.isKnown(key: "k"))
            let leftKnown = try await client.send("PTTL", "known:k").int ?? 0
            let passedKnown = Int64(known.duration(to: clock.now) / .milliseconds(1)) + 1
            #expect((50_000 - passedKnown...50_000).contains(leftKnown))
        }
    }

    @Test("Attempts are counted as in memory: from their start, refused beyond a limit, then admitted one at a time")
    func attempts() async throws {
        try await Self.withServer { _, client in
            for store in [RedisSessionStore(client) as any SessionStore, MemorySessionStore()] {
                let wall = AttemptLimit(key: "wall", limit: 3, seconds: 50)
                let pace = AttemptLimit(key: "pace", limit: 2, seconds: 50, isRenewed: true, longestPause: 40)
                func end(_ outcome: AttemptOutcome) async throws {
                    try await store.end([(limit: wall, outcome: outcome), (limit: pace, outcome: .void)])
                }
                // Attempts in progress count towards a limit; an attempt that does not count leaves nothing.
                for _ in 0..<3 { #expect(try await store.begin([wall]) == .admitted) }
                #expect(try await store.begin([wall]) == .crowded)
                for _ in 0..<3 { try await store.end([(limit: wall, outcome: .void)]) }
                for _ in 0..<2 {
                    #expect(try await store.begin([wall, pace]) == .admitted)
                    try await end(.counted)
                }
                #expect(try await store.begin([wall]) == .admitted)
                try await store.end([(limit: wall, outcome: .forgiven)])
                for _ in 0..<3 {
                    #expect(try await store.begin([wall]) == .admitted)
                    try await store.end([(limit: wall, outcome: .counted)])
                }
                guard case .refused(let wait) = try await store.begin([pace, wall]) else {
                    Issue.record("a fourth was let through")
                    continue
                }
                #expect((48...50).contains(wait))

                // The refused attempt was not counted for the other limit either.
                for _ in 0..<6 {
                    #expect(try await store.begin([pace]) == .admitted)
                    try await store.end([(limit: pace, outcome: .counted)])
                    if let memory = store as? MemorySessionStore {
                        memory.advance(seconds: 40)
                    } else {
                        // The test cannot change the clock of Redis, but it can change the stored time of the next attempt.
                        try await client.send("HDEL", "tries:pace", "g")
                    }
                }
                #expect(try await store.begin([pace]) == .admitted)
                guard case .refused(let pause) = try await store.begin([pace]) else {
                    Issue.record("two were let through at once")
                    continue
                }
                #expect((15...16).contains(pause))
                try await store.end([(limit: pace, outcome: .void)])
            }
            for key in ["tries:wall", "tries:pace"] {
                #expect((1...50).contains(try await client.send("TTL", key).int ?? 0), "\(key)")
            }
        }
    }

    @Test("Beyond a limit a client's first attempt is admitted, and retrying too early delays only that client")
    func askers() async throws {
        try await Self.withServer { _, client in
            for store in [RedisSessionStore(client) as any SessionStore, MemorySessionStore()] {
                func attempt(_ asker: String, _ outcome: AttemptOutcome = .counted) async throws -> Int {
                    let limit = AttemptLimit(
                        key: "k", limit: 2, seconds: 50, isRenewed: true, longestPause: 40, asker: asker)
                    switch try await store.begin([limit]) {
                    case .admitted:
                        try await store.end([(limit: limit, outcome: outcome)])
                        return 0
                    case .refused(let seconds): return seconds
                    case .crowded: return -1
                    }
                }
                for _ in 0..<3 { #expect(try await attempt("a") == 0) }
                // After an attempt that did not count, the first attempt is still available; after one that counted, it is not.
                for outcome in [AttemptOutcome.void, .counted] { #expect(try await attempt("b", outcome) == 0) }
                #expect(try await attempt("c") == 0)
                var waits: [Int] = []
                for _ in 0..<7 { waits.append(try await attempt("a")) }
                #expect(waits.last == 40 && waits == waits.sorted())
                #expect(try await attempt("d") == 0)
            }
            for key in ["a", "b", "c", "d"] {
                #expect((1...50).contains(try await client.send("TTL", "asker:\(key)").int ?? 0))
            }
        }
    }

    @Test("An account has at most a hundred sessions; older ones are removed")
    func mostSessions() async throws {
        try await Self.withServer { _, client in
            for store in [RedisSessionStore(client) as any SessionStore, MemorySessionStore()] {
                func save(_ digest: String, of user: String = "usr_1") async throws {
                    let session = Session(userID: user, createdAt: 1, expiresAt: 2, address: "::1", userAgent: "")
                    try await store.save(session, digest: digest, seconds: 100)
                }
                try await save("other", of: "usr_2")
                for number in 0..<Session.mostOfAccount { try await save("\(number)") }
                // A removed session frees its place.
                try await store.remove(digest: "5")
                try await save("a")
                #expect(try await store.find(digest: "0") != nil)
                try await save("b")
                #expect(try await store.find(digest: "0") == nil)
                for digest in ["1", "a", "b", "other"] { #expect(try await store.find(digest: digest) != nil) }
            }
            #expect(try await client.send("ZCARD", "sessions:usr_1").int == Int64(Session.mostOfAccount))
            #expect((1...100).contains(try await client.send("TTL", "sessions:usr_1").int ?? 0))
        }
    }

    @Test("An attempt whose process died does not stay in progress for ever")
    func forgotten() async throws {
        try await Self.withServer { _, client in
            let limit = AttemptLimit(key: "k", limit: 3, seconds: 50)
            let store = RedisSessionStore(client)
            #expect(try await store.begin([limit]) == .admitted)
            #expect((1...120).contains(try await client.send("TTL", "trying:k").int ?? 0))
            try await store.end([(limit: limit, outcome: .void)])
            #expect(try await client.send("EXISTS", "tries:k", "trying:k").int == 0)

            // Other attempts that start and end meanwhile do not extend the life of one that never ends.
            #expect(try await store.begin([limit]) == .admitted)
            let dead = try await client.send("ZRANGE", "trying:k", "0", "-1").array?.first?.text
            for _ in 0..<2 {
                #expect(try await store.begin([limit]) == .admitted)
                try await store.end([(limit: limit, outcome: .counted)])
            }
            #expect(try await store.begin([limit]) == .crowded)
            #expect(try await client.send("ZRANGE", "trying:k", "0", "-1").array?.map(\.text) == [dead])
            // The test cannot change the clock of Redis, but it can change the stored expiry time.
            try await client.send("ZADD", "trying:k", "1", try #require(dead))
            #expect(try await store.begin([limit]) == .admitted)
        }
    }

    @Test("A value that is not a session is ignored")
    func foreignValue() async throws {
        try await Self.withServer { _, client in
            try await client.send("SET", "sess:d", "{")
            #expect(try await RedisSessionStore(client).find(digest: "d") == nil)
        }
    }

    @Test("Registration, sign-in and sign-out work with Redis")
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

    @Test("With a stopped server the store is unavailable")
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
