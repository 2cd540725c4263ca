import ChildProcess
import Glibc
import Redis
import Testing

@Suite("TLS", .timeLimit(.minutes(1))) struct SecureTests {
    private static let arguments = [
        "--port", "0", "--tls-port", "PORT", "--tls-auth-clients", "no", "--tls-cert-file", "FOLDER/server.pem",
        "--tls-key-file", "FOLDER/server.key", "--tls-ca-cert-file", "FOLDER/ca.pem", "--requirepass", "secret",
    ]

    /// A certificate authority, and a certificate for `localhost` only.
    private static func makeCertificates(_ folder: String) async throws {
        let script = """
            cd \(folder)
            openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=authority
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost
            printf 'subjectAltName=DNS:localhost' > names
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem
            """
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        var options = ChildProcess.Options(
            executable: "/bin/sh", arguments: ["-ec", script], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
        options.descriptors = [0: nothing, 1: nothing, 2: nothing]
        #expect(try await ChildProcess.spawn(options).waitForExit() == .exited(0))
    }

    @Test("A server with a certificate of the configured authority is trusted, for commands and for subscriptions")
    func trusted()
        async throws
    {
        try await ForeignServer.with(Self.arguments, prepare: Self.makeCertificates) { server async throws in
            let client = try server.client(
                "rediss://:secret@localhost:PORT?ca=\(server.folder)/ca.pem", patience: .seconds(10))
            let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await client.send(["SET", "k", .bytes(bytes)])
            #expect(try await client.send("GET", "k").bytes == bytes)
            let messages = try await client.subscribe("news")
            try await client.send("hello", to: "news")
            var iterator = messages.makeAsyncIterator()
            #expect(await iterator.next()?.text == "hello")
            await client.shutdown()
        }
    }

    @Test("An unverified server is not trusted, and the reason is reported in one line") func untrusted() async throws {
        try await ForeignServer.with(Self.arguments, prepare: Self.makeCertificates) { server async throws in
            let ca = "ca=\(server.folder)/ca.pem"
            let unknown = try await server.failure("rediss://:secret@localhost:PORT")
            #expect(unknown?.code == .untrusted && unknown?.mayHaveRun == false && unknown?.isLasting == true)
            #expect(unknown?.message.contains("not trusted") == true)
            // The certificate is for localhost, not for 127.0.0.1.
            let name = try await server.failure("rediss://:secret@127.0.0.1:PORT?\(ca)")
            #expect(name?.code == .untrusted && name?.message.contains("another name") == true)
            let file = try await server.failure("rediss://:secret@localhost:PORT?ca=/no/such/file")
            #expect(file?.code == .untrusted && file?.message.contains("/no/such/file") == true)
            let plain = try await server.failure("redis://:secret@localhost:PORT")
            #expect(plain?.code == .unavailable && plain?.message.contains("rediss://") == true)
            let blind = try server.client("rediss://:secret@127.0.0.1:PORT?verify=none", patience: .seconds(10))
            #expect(try await blind.send("PING").text == "PONG")
            await blind.shutdown()
            let wrong = try await server.failure("rediss://:not-it@localhost:PORT?\(ca)")
            #expect(wrong?.serverWord == "WRONGPASS")
        }
    }

    @Test("A server without TLS is reported as such") func plainServer() async throws {
        try await ForeignServer.with { server async throws in
            let failure = try await server.failure("rediss://127.0.0.1:PORT?verify=none", patience: .seconds(5))
            #expect(failure?.code == .unavailable && failure?.message.contains("does not speak TLS") == true)
        }
    }

    @Test("The client reconnects over TLS after a crash") func restarted() async throws {
        try await ForeignServer.with(Self.arguments, prepare: Self.makeCertificates) { server async throws in
            let client = try server.client(
                "rediss://:secret@localhost:PORT?ca=\(server.folder)/ca.pem", patience: .seconds(20))
            try await client.send("SET", "k", "kept")
            await server.crash()
            try await server.startAgain()
            var value: RedisValue?
            while value == nil {
                do { value = try await client.send("GET", "k") } catch let failure as RedisFailure {
                    #expect(failure.code == .disconnected(mayHaveRun: true))
                }
            }
            #expect(value?.text == "kept")
            await client.shutdown()
        }
    }
}
