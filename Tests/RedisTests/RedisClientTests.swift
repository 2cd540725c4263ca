import Glibc
import Ground
import NIOCore
import Redis
import Testing

@Suite("Commands", .timeLimit(.minutes(1))) struct RedisClientTests {
    @Test("Values of every kind are returned unchanged") func values() async throws {
        try await TestServer.with { test async throws in
            let bytes: [UInt8] = [0, 13, 10, 255, 0]
            #expect(try await test.client.send(["SET", "k", .bytes(bytes)]) == .string(Array("OK".utf8)))
            #expect(try await test.client.send("GET", "k").bytes == bytes)
            #expect(try await test.client.send(["SET", "empty", .bytes([])]).text == "OK")
            #expect(try await test.client.send("GET", "empty").bytes == [])
            #expect(try await test.client.send("GET", "missing").isNull)
            #expect(try await test.client.send("INCRBY", "n", "-7") == .integer(-7))
            #expect(try await test.client.send("GET", "n").int == -7)
            let nested = try await test.client.send("EVAL", "return {1, {'a', {false}}}", "0")
            #expect(nested == .array([.integer(1), .array([.string([97]), .array([.null])])]))
        }
    }

    @Test("Large values are returned unchanged") func large() async throws {
        try await TestServer.with { test async throws in
            let bytes = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await test.client.send(["SET", "k", .bytes(bytes)])
            #expect(try await test.client.send("GET", "k").bytes == bytes)
        }
    }

    @Test("An error reply is thrown with the server's text; in a pipeline it keeps its place") func refusals()
        async throws
    {
        try await TestServer.with { test async throws in
            try await test.client.send("SET", "k", "text")
            let failure = await #expect(throws: RedisFailure.self) { try await test.client.send("INCR", "k") }
            #expect(failure?.code == .server("ERR value is not an integer or out of range"))
            #expect(failure?.serverWord == "ERR")
            #expect(failure?.mayHaveRun == false)
            let replies = try await test.client.pipeline([["SET", "a", "1"], ["INCR", "k"], ["INCR", "a"]])
            #expect(replies[1] == .error("ERR value is not an integer or out of range"))
            #expect(replies[2] == .integer(2))
            await #expect(throws: RedisFailure.self) { try await test.client.send([]) }
        }
    }

    @Test("Each of many concurrent callers gets the replies of its pipeline in order")
    func pipelining() async throws {
        try await TestServer.with { test async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<50 {
                    group.addTask { () async throws in
                        for round in 0..<20 {
                            let numbers = (0..<10).map { task * 1_000 + round * 10 + $0 }
                            let replies = try await test.client.pipeline(numbers.map { ["ECHO", .integer($0)] })
                            #expect(replies.map(\.int) == numbers.map { Int64($0) })
                        }
                    }
                }
                try await group.waitForAll()
            }
            let replies = try await test.client.pipeline((0..<1_000).map { _ in ["INCR", "n"] })
            #expect(replies == (1...1_000).map { .integer($0) })
        }
    }

    @Test("The client reconnects after the server was killed, and the data survives") func reconnect()
        async throws
    {
        try await TestServer.with { test async throws in
            try await test.client.send("SET", "k", "before")
            let first = test.server.pid
            test.kill()
            // Commands that were cut off fail; commands that were not sent wait for the server.
            var value: RedisValue?
            while value == nil {
                do {
                    value = try await test.client.send("GET", "k")
                } catch let failure as RedisFailure {
                    #expect(failure.code == .disconnected(mayHaveRun: true))
                }
            }
            #expect(value?.text == "before")
            #expect(test.server.pid != first)
        }
    }

    @Test("A command in flight when the server exits may have run; a later command has not run")
    func mayHaveRun() async throws {
        try await TestServer.with { test async throws in
            let connection = try await test.client.blockingConnection()
            let waiting = Task { try await connection.send(["BLPOP", "list", "0"]) }
            while try await test.client.send("INFO", "clients").text?.contains("blocked_clients:1") != true {}
            test.kill()
            let failure = await #expect(throws: RedisFailure.self) { try await waiting.value }
            #expect(failure?.code == .disconnected(mayHaveRun: true))
            let late = await #expect(throws: RedisFailure.self) { try await connection.send(["PING"]) }
            #expect(late?.code == .disconnected(mayHaveRun: false))
        }
    }

    @Test("A connection without replies is closed after the time-out, and the next command gets a new connection")
    func timeout() async throws {
        var configuration = RedisClient.Configuration()
        configuration.commandTimeout = .milliseconds(200)
        try await TestServer.with(configuration: configuration) { test async throws in
            try await test.client.send("SET", "k", "1")
            let pid = try #require(test.server.pid)
            Glibc.kill(pid, SIGSTOP)
            let failure = await #expect(throws: RedisFailure.self) { try await test.client.send("GET", "k") }
            #expect(failure?.code == .timeout)
            #expect(failure?.mayHaveRun == true)
            Glibc.kill(pid, SIGCONT)
            #expect(try await test.client.send("GET", "k").text == "1")
        }
    }

    @Test("Without a server, a command fails after its patience and has not run") func unavailable() async throws {
        try await TestServer.withFolder { folder async throws in
            var configuration = RedisClient.Configuration()
            configuration.patience = .milliseconds(100)
            let client = RedisClient(
                endpoint: .unixSocket(folder + "/none.sock"), logger: TestServer.logger, configuration: configuration)
            let failure = await #expect(throws: RedisFailure.self) { try await client.send("PING") }
            #expect(failure?.code == .unavailable)
            await client.shutdown()
            let after = await #expect(throws: RedisFailure.self) { try await client.send("PING") }
            #expect(after?.code == .unavailable)
        }
    }

    @Test("A cancelled caller returns at once; the connection stays open for the others") func cancellation()
        async throws
    {
        try await TestServer.with { test async throws in
            let pid = try #require(test.server.pid)
            try await test.client.send("PING")
            Glibc.kill(pid, SIGSTOP)
            let task = Task { try await test.client.send("INCR", "n") }
            let other = Task { try await test.client.send("ECHO", "mine") }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            Glibc.kill(pid, SIGCONT)
            #expect(try await other.value.text == "mine")
        }
    }

    @Test("The text of a script is sent once, and again if the server lost it") func scripts() async throws {
        try await TestServer.with { test async throws in
            let script = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
            #expect(try await test.client.evaluate(script, keys: ["n"], arguments: [5]) == .integer(5))
            #expect(try await test.client.evaluate(script, keys: ["n"], arguments: [5]) == .integer(10))
            try await test.client.send("SCRIPT", "FLUSH")
            #expect(try await test.client.evaluate(script, keys: ["n"], arguments: [5]) == .integer(15))
            let failing = RedisScript("return redis.error_reply('BAD luck')")
            let failure = await #expect(throws: RedisFailure.self) {
                try await test.client.evaluate(failing, keys: [])
            }
            #expect(failure?.serverWord == "BAD")
        }
    }
}
