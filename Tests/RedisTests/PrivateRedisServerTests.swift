import Glibc
import Redis
import Testing

@Suite("The private server", .timeLimit(.minutes(1))) struct PrivateRedisServerTests {
    @Test("Data survives a stop and a start") func keepsData() async throws {
        try await TestServer.withFolder { folder async throws in
            for round in 1...3 {
                let server = try await PrivateRedisServer.start(in: folder, logger: TestServer.logger)
                let client = RedisClient(endpoint: server.endpoint, logger: TestServer.logger)
                #expect(try await client.send("INCR", "n") == .integer(Int64(round)))
                await client.shutdown()
                await server.stop()
            }
        }
    }

    @Test("Other users cannot reach its folder or socket") func modes() async throws {
        try await TestServer.with { test async throws in
            var status = stat()
            #expect(stat(test.folder, &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(stat(test.folder + "/redis.sock", &status) == 0 && status.st_mode & 0o777 == 0o700)
            #expect(try await test.client.send("CONFIG", "GET", "port").array?.last?.text == "0")
            #expect(try await test.client.send("CONFIG", "GET", "appendonly").array?.last?.text == "yes")
        }
    }

    @Test("A folder with a longer path than a socket address allows works") func longPath() async throws {
        try await TestServer.with(in: "/" + String(repeating: "x", count: 150)) { test async throws in
            #expect(try await test.client.send("PING").text == "PONG")
        }
    }

    @Test("A second server on the same folder is refused with its own error") func inUse() async throws {
        try await TestServer.with { test async throws in
            await #expect(throws: PrivateRedisError.inUse(test.folder)) {
                try await PrivateRedisServer.start(in: test.folder, logger: TestServer.logger)
            }
            #expect(try await test.client.send("PING").text == "PONG")
        }
    }

    @Test("A missing redis-server is reported in one line with advice") func notInstalled() async throws {
        try await TestServer.withFolder { folder async throws in
            let error = await #expect(throws: PrivateRedisError.self) {
                try await PrivateRedisServer.start(in: folder, logger: TestServer.logger, path: "/nowhere")
            }
            #expect(
                error?.description
                    == "redis-server not found: install it (apt-get install redis-server) or set REDIS_URL")
        }
    }

    @Test("Unreadable data is reported with the last lines of the server's log") func didNotStart() async throws {
        try await TestServer.withFolder { folder async throws in
            let server = try await PrivateRedisServer.start(in: folder, logger: TestServer.logger)
            await server.stop()
            let manifest = folder + "/appendonlydir/appendonly.aof.manifest"
            let file = open(manifest, O_WRONLY | O_TRUNC)
            write(file, "nonsense\n", 9)
            close(file)
            do {
                let server = try await PrivateRedisServer.start(in: folder, logger: TestServer.logger)
                await server.stop()
                Issue.record("it started")
            } catch let error as PrivateRedisError {
                #expect(error.description.hasPrefix("redis-server did not start: "))
                #expect(error.description.contains("manifest"))
            }
        }
    }

    @Test("A server of a killed parent is shut down, and its data stays") func predecessor() async throws {
        try await TestServer.withFolder { folder async throws in
            // Started by a shell that exits at once, so that it has no parent that waits for it.
            let script =
                "cd \(folder) && (redis-server --port 0 --unixsocket redis.sock --appendonly yes --save '' "
                + "--logfile '' > /dev/null 2>&1 < /dev/null & echo $! > old.pid)"
            #expect(script.withCString { system($0) } == 0)
            let orphan = RedisClient(endpoint: .unixSocket(folder + "/redis.sock"), logger: TestServer.logger)
            try await orphan.send("SET", "k", "kept")
            let server = try await PrivateRedisServer.start(in: folder, logger: TestServer.logger)
            let client = RedisClient(endpoint: server.endpoint, logger: TestServer.logger)
            #expect(try await client.send("GET", "k").text == "kept")
            let pid = try #require(server.pid)
            #expect(try await client.send("INFO", "server").text?.contains("process_id:\(pid)\r\n") == true)
            await orphan.shutdown()
            await client.shutdown()
            await server.stop()
        }
    }
}
