import Redis
import Testing

@Suite("Error replies of a server", .timeLimit(.minutes(1))) struct RefusalTests {
    @Test("A missing or wrong password is reported") func password() async throws {
        try await ForeignServer.with(["--port", "PORT", "--requirepass", "secret word"]) { server async throws in
            let client = try server.client("redis://:secret%20word@127.0.0.1:PORT")
            #expect(try await client.send("PING").text == "PONG")
            await client.shutdown()
            let wrong = try await server.failure("redis://:secret@127.0.0.1:PORT")
            #expect(wrong?.serverWord == "WRONGPASS" && wrong?.isLasting == true && wrong?.mayHaveRun == false)
            #expect(wrong?.message.contains("the user name or password is wrong") == true)
            let none = try await server.failure("redis://127.0.0.1:PORT")
            #expect(none?.serverWord == "NOAUTH" && none?.isLasting == true)
            #expect(none?.message.contains("the server wants a password") == true)
        }
    }

    @Test("A user of the access list works on its own database, within its permissions")
    func user() async throws {
        let user = "user me on >secret ~vh:* ~k +@all -@dangerous"
        let arguments = ["--port", "PORT"] + ["--user"] + user.dropFirst(5).split(separator: " ").map(String.init)
        try await ForeignServer.with(arguments) { server async throws in
            let client = try server.client("redis://me:secret@127.0.0.1:PORT/3")
            #expect(try await client.send("ACL", "WHOAMI").text == "me")
            #expect(try await client.send("CLIENT", "INFO").text?.contains(" db=3 ") == true)
            #expect(try await client.send("CLIENT", "GETNAME").text == "videohost")
            let failure = await #expect(throws: RedisFailure.self) { try await client.send("GET", "other") }
            #expect(failure?.serverWord == "NOPERM")
            #expect(failure?.message.contains("widen its ACL") == true)
            await client.shutdown()
            #expect(try await server.failure("redis://you:secret@127.0.0.1:PORT")?.serverWord == "WRONGPASS")
        }
    }

    @Test("A superfluous password and a missing database are reported at once") func settings() async throws {
        try await ForeignServer.with { server async throws in
            let password = try await server.failure("redis://:secret@127.0.0.1:PORT")
            #expect(password?.message.contains("the server has none") == true && password?.isLasting == true)
            let database = try await server.failure("redis://127.0.0.1:PORT/99")
            #expect(database?.message.contains("no database of that number") == true && database?.isLasting == true)
        }
    }

    @Test("A full memory, a replica and a failing disk are reported as such") func state() async throws {
        try await ForeignServer.with { server async throws in
            let client = try server.client("redis://127.0.0.1:PORT")
            func refusal(of command: String...) async -> RedisFailure? {
                await #expect(throws: RedisFailure.self) { try await client.send(command.map { RedisArgument($0) }) }
            }
            try await client.send("CONFIG", "SET", "maxmemory", "1")
            let memory = await refusal(of: "SET", "k", "v")
            #expect(memory?.serverWord == "OOM" && memory?.message.contains("maxmemory") == true)
            try await client.send("CONFIG", "SET", "maxmemory", "0")
            try await client.send("REPLICAOF", "127.0.0.1", "1")
            let replica = await refusal(of: "SET", "k", "v")
            #expect(replica?.serverWord == "READONLY" && replica?.message.contains("name the primary") == true)
            try await client.send("REPLICAOF", "NO", "ONE")
            for (words, advice) in [
                ("MOVED 866 127.0.0.1:7001", "part of a cluster"), ("MISCONF Redis is configured", "its disk"),
                ("LOADING Redis is loading", "still loading"),
            ] {
                let failure = await refusal(of: "EVAL", "return redis.error_reply(ARGV[1])", "0", words)
                #expect(failure?.message.contains(advice) == true)
                #expect(failure?.isLasting == false)
            }
            await client.shutdown()
        }
    }

    @Test("A node of a cluster is reported as such") func cluster() async throws {
        try await ForeignServer.with(["--port", "PORT", "--cluster-enabled", "yes"]) { server async throws in
            let failure = try await server.failure("redis://127.0.0.1:PORT", patience: .seconds(10))
            #expect(failure?.message.contains("part of a cluster") == true, "\(failure?.message ?? "")")
        }
    }

    @Test("An unreachable server is reported with the reason") func unreachable() async throws {
        try await ForeignServer.with { server async throws in
            await server.crash()
            let failure = try await server.failure("redis://:secret@127.0.0.1:PORT")
            #expect(failure?.code == .unavailable)
            #expect(
                failure?.message
                    == "no connection in time: cannot connect to redis://127.0.0.1:\(server.port)/0: Connection refused"
            )
            let name = try await server.failure("redis://:secret@no-such-host.invalid:PORT")
            #expect(name?.code == .unavailable && name?.message.contains("no-such-host.invalid") == true)
            try await server.startAgain()
        }
    }
}
