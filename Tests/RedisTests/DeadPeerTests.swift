import Glibc
import Ground
import Logging
import NIOCore
import Redis
import Testing

@Suite("Stopped and killed servers", .timeLimit(.minutes(1))) struct DeadPeerTests {
    @Test("A time-out fails all waiting commands, and none waits longer than its patience for a new connection")
    func stopped() async throws {
        try await ForeignServer.with { server async throws in
            let client = try server.client("redis://127.0.0.1:PORT", patience: .milliseconds(500)) {
                $0.commandTimeout = .milliseconds(300)
                $0.connectTimeout = .milliseconds(300)
            }
            try await client.send("SET", "k", "1")
            server.signal(SIGSTOP)
            let failures = await withTaskGroup(of: RedisFailure?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            try await client.send("INCR", "k")
                            return nil
                        } catch { return error as? RedisFailure }
                    }
                }
                return await group.reduce(into: [RedisFailure?]()) { $0.append($1) }
            }
            // They share a connection: the first command times out, and the connection ends for the others too.
            #expect(failures.allSatisfy { $0?.mayHaveRun == true })
            #expect(failures.contains { $0?.code == .timeout })
            let late = await #expect(throws: RedisFailure.self) { try await client.send("PING") }
            #expect(late?.code == .unavailable)
            #expect(late?.message.contains("does not answer") == true)
            server.signal(SIGCONT)
            var alive = false
            while !alive {
                do { alive = try await client.send("PING").text == "PONG" } catch is RedisFailure {}
            }
            await client.shutdown()
        }
    }

    @Test(
        "A dead connection without waiting commands is detected by pings, and the subscriber gets the notice of a gap")
    func idle() async throws {
        try await ForeignServer.with { server async throws in
            let (warnings, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(8))
            let logger = Logger(label: "test") { _ in WarningSignal(signal: signal) }
            let client = try server.client("redis://127.0.0.1:PORT", patience: .seconds(20), logger: logger) {
                $0.connectTimeout = .milliseconds(200)
                $0.pingInterval = .milliseconds(100)
            }
            let before = try await client.send("CLIENT", "ID").int
            var messages = try await client.subscribe("news").makeAsyncIterator()
            server.signal(SIGSTOP)
            // No command is sent, so only the pings can detect it: the kernel still answers keepalives of a stopped process.
            // Then the connections for commands and for subscriptions each log a warning that they cannot reconnect.
            var iterator = warnings.makeAsyncIterator()
            for _ in 0..<2 { await iterator.next() }
            server.signal(SIGCONT)
            #expect(try await client.send("CLIENT", "ID").int != before)
            let first = await messages.next()
            #expect(first?.channel == "news" && first?.payload == nil)
            try await client.send("again", to: "news")
            #expect(await messages.next()?.text == "again")
            await client.shutdown()
        }
    }

    @Test("Pings do not end an idle connection to a healthy server") func quiet() async throws {
        try await ForeignServer.with { server async throws in
            let client = try server.client("redis://127.0.0.1:PORT") { $0.pingInterval = .milliseconds(20) }
            let watcher = try server.client("redis://127.0.0.1:PORT", patience: .seconds(10))
            let before = try await client.send("CLIENT", "ID").int
            var messages = try await client.subscribe("news").makeAsyncIterator()
            // The server counts commands; this waits for a few pings on both connections.
            func pings() async throws -> Int {
                let lines = try await watcher.send("INFO", "commandstats").text?.split(separator: "\r\n") ?? []
                let calls = lines.first { $0.hasPrefix("cmdstat_ping:") }?.split(separator: "=")[1]
                return calls.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            }
            while try await pings() < 8 {}
            try await watcher.send("hello", to: "news")
            #expect(await messages.next()?.text == "hello")
            #expect(try await client.send("CLIENT", "ID").int == before)
            await client.shutdown()
            await watcher.shutdown()
        }
    }

    @Test("A command in flight when the server is killed may have run; the client reconnects on the same port")
    func killed() async throws {
        try await ForeignServer.with { server async throws in
            let client = try server.client("redis://127.0.0.1:PORT", patience: .seconds(20))
            try await client.send("SET", "k", "1")
            let connection = try await client.blockingConnection()
            let waiting = Task { try await connection.send(["BLPOP", "list", "0"]) }
            while try await client.send("INFO", "clients").text?.contains("blocked_clients:1") != true {}
            await server.crash()
            let failure = await #expect(throws: RedisFailure.self) { try await waiting.value }
            #expect(failure?.code == .disconnected(mayHaveRun: true))
            try await server.startAgain()
            var value: RedisValue?
            while value == nil {
                do { value = try await client.send("GET", "k") } catch let failure as RedisFailure {
                    #expect(failure.code == .disconnected(mayHaveRun: true))
                }
            }
            #expect(value?.text == "1")
            await client.shutdown()
        }
    }
}

/// Signals each warning.
private struct WarningSignal: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    let signal: AsyncStream<Void>.Continuation

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level == .warning { signal.yield() }
    }
}
