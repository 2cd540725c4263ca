import Glibc
import NIOCore
import Redis
import Testing

@Suite("Subscriptions", .timeLimit(.minutes(1))) struct SubscriptionTests {
    @Test("Messages that are sent after subscribe has returned arrive in order, separately for each channel")
    func arrive()
        async throws
    {
        try await TestServer.with { test async throws in
            let both = try await test.client.subscribe("a", "b")
            let one = try await test.client.subscribe("a")
            for number in 1...3 { try await test.client.send("a\(number)", to: "a") }
            try await test.client.send("b1", to: "b")
            var seen: [String?] = []
            for await message in both {
                seen.append(message.text)
                if seen.count == 4 { break }
            }
            #expect(seen == ["a1", "a2", "a3", "b1"])
            var iterator = one.makeAsyncIterator()
            #expect(await iterator.next()?.text == "a1")
        }
    }

    @Test("A slow listener loses the oldest messages") func bounded() async throws {
        var configuration = RedisClient.Configuration()
        configuration.subscriptionBuffer = 4
        try await TestServer.with(configuration: configuration) { test async throws in
            let slow = try await test.client.subscribe("a")
            let marker = try await test.client.subscribe("marker")
            for number in 1...20 { try await test.client.send("\(number)", to: "a") }
            try await test.client.send("done", to: "marker")
            for await _ in marker { break }
            var seen: [String?] = []
            for await message in slow {
                seen.append(message.text)
                if message.text == "20" { break }
            }
            #expect(seen == ["17", "18", "19", "20"])
        }
    }

    @Test("After a reconnect, listeners get the notice of a gap and receive messages again") func gap() async throws {
        try await TestServer.with { test async throws in
            let subscription = try await test.client.subscribe("a")
            var iterator = subscription.makeAsyncIterator()
            try await test.client.send("1", to: "a")
            #expect(await iterator.next()?.text == "1")
            test.kill()
            let gap = await iterator.next()
            #expect(gap?.channel == "a" && gap?.payload == nil)
            try await test.client.send("2", to: "a")
            #expect(await iterator.next()?.text == "2")
        }
    }

    @Test("The last listener that leaves unsubscribes; a new one receives messages") func leaving() async throws {
        try await TestServer.with { test async throws in
            for round in 0..<50 {
                let subscription = try await test.client.subscribe("a")
                try await test.client.send("\(round)", to: "a")
                for await message in subscription where message.payload != nil {
                    #expect(message.text == "\(round)")
                    break
                }
            }
            while try await test.client.send("PUBSUB", "NUMSUB", "a").array?.last != .integer(0) {}
        }
    }

    @Test("Cancelling the reader ends the subscription; shutting the client down ends the sequence") func ends()
        async throws
    {
        try await TestServer.with { test async throws in
            let subscription = try await test.client.subscribe("a")
            let reader = Task { for await _ in subscription {} }
            reader.cancel()
            await reader.value
            while try await test.client.send("PUBSUB", "NUMSUB", "a").array?.last != .integer(0) {}
            let client = RedisClient(endpoint: test.server.endpoint, logger: TestServer.logger)
            let last = try await client.subscribe("a")
            let ended = Task { for await _ in last {} }
            await client.shutdown()
            await ended.value
        }
    }

    /// A stream resumes its reader under the lock of the reader's task, and a cancellation holds this lock while it ends the
    /// subscription: with a lock of the subscriptions held in both, the connection's event loop would stop for ever.
    @Test("Readers that are cancelled while messages arrive do not stop the connection") func cancelledReaders()
        async throws
    {
        try await TestServer.with { test async throws in
            let sending = Task {
                while !Task.isCancelled { try await test.client.send("x", to: "a") }
            }
            for _ in 0..<400 {
                let subscription = try await test.client.subscribe("a")
                await withTaskGroup { group in
                    group.addTask { for await _ in subscription {} }
                    await Task.yield()
                    group.cancelAll()
                }
            }
            sending.cancel()
            _ = await sending.result
        }
    }

    @Test("A shutdown does not wait for a subscription that the server has not confirmed") func unconfirmed()
        async throws
    {
        try await ForeignServer.with { server async throws in
            let client = try server.client("redis://127.0.0.1:PORT", patience: .seconds(60))
            _ = try await client.subscribe("a")
            server.signal(SIGSTOP)
            let waiting = Task { try await client.subscribe("b") }
            try await Task.sleep(for: .milliseconds(200))
            let start = ContinuousClock.now
            await client.shutdown()
            await #expect(throws: RedisFailure(.unavailable, "the client was shut down")) { try await waiting.value }
            #expect(start.duration(to: .now) < .seconds(20))
        }
    }
}
