import Ground
import NIOCore
import Redis
import Testing

@Suite("Blocking commands", .timeLimit(.minutes(1))) struct BlockingTests {
    @Test("A blocking command does not delay other commands, and returns the awaited value") func arrives()
        async throws
    {
        try await TestServer.with { test async throws in
            let connection = try await test.client.blockingConnection()
            let popped = Task { try await connection.send(["BLPOP", "list", "0"]) }
            try await test.client.send("PING")
            try await test.client.send("RPUSH", "list", "x")
            #expect(try await popped.value == .array([.string(Array("list".utf8)), .string(Array("x".utf8))]))
            await connection.close()
            #expect(!connection.isOpen)
        }
    }

    @Test("Cancelling a blocking command closes its connection, so that no other command gets its reply")
    func cancelled() async throws {
        try await TestServer.with { test async throws in
            let connection = try await test.client.blockingConnection()
            let task = Task { try await connection.send(["BLPOP", "list", "0"]) }
            while try await test.client.send("INFO", "clients").text?.contains("blocked_clients:1") != true {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            while try await test.client.send("INFO", "clients").text?.contains("blocked_clients:0") != true {}
            #expect(try await test.client.send("RPUSH", "list", "x") == .integer(1))
        }
    }

    @Test("A reply after the time-out is a failure") func timeout() async throws {
        try await TestServer.with { test async throws in
            let connection = try await test.client.blockingConnection()
            let failure = await #expect(throws: RedisFailure.self) {
                try await connection.send(["BLPOP", "list", "0"], timeout: .milliseconds(50))
            }
            #expect(failure?.code == .timeout)
        }
    }

    @Test("Shutting the client down ends blocking commands") func shutdown() async throws {
        try await TestServer.with { test async throws in
            let client = RedisClient(endpoint: test.server.endpoint, logger: TestServer.logger)
            let connection = try await client.blockingConnection()
            let popped = Task { try await connection.send(["BLPOP", "list", "0"]) }
            while try await test.client.send("INFO", "clients").text?.contains("blocked_clients:1") != true {}
            await client.shutdown()
            await #expect(throws: RedisFailure.self) { try await popped.value }
            await #expect(throws: RedisFailure.self) { try await client.blockingConnection() }
        }
    }
}
