import Accounts
import Ground
import SQL
import Testing

@Suite("Registration", .timeLimit(.minutes(1)))
struct RegistrationTests {
    @Test("A new user is stored with a salted hash of the password and without the password")
    func registering() async throws {
        try await AccountsFixture.with { fixture in
            let user = try await fixture.registerAda()
            #expect(Identifier.isValid(user.id, prefix: .user))
            #expect(user.passwordScheme == "bcrypt-sha256")
            #expect(user.passwordHash.hasPrefix("$2b$04$"))
            #expect(user.createdAt == 1_000_000)
            let stored = try await fixture.database.read { try Users.find(id: user.id, in: $0) }
            #expect(stored == user)
        }
    }

    @Test("Each kind of invalid input has its own error")
    func wrongInput() async throws {
        try await AccountsFixture.with { fixture in
            func refusal(_ email: String, _ username: String, _ password: String) async -> AccountsError? {
                await fixture.refusal { try await fixture.register(email, username, password) }
            }
            #expect(await refusal("ada", "ada", "correct horse") == .invalidEmail)
            #expect(await refusal("ada@example.org", "a", "correct horse") == .invalidUsername)
            #expect(await refusal("ada@example.org", "ada", "short") == .weakPassword)
            #expect(await refusal("ada@example.org", "ada", "correct horse") == nil)
            #expect(await refusal("ADA@example.org", "eve", "correct horse") == .emailTaken)
            #expect(await refusal("eve@example.org", "ADA", "correct horse") == .usernameTaken)
        }
    }

    @Test("Of many concurrent registrations of the same name one succeeds")
    func race() async throws {
        try await AccountsFixture.with { fixture in
            let outcomes = await withTaskGroup(of: AccountsError?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await fixture.refusal {
                            try await fixture.register("a\(number)@example.org", "same", from: "192.0.2.\(number)")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .usernameTaken } == 19)
        }
    }

    @Test("Requests beyond the queue's capacity are refused at once")
    func busy() async throws {
        var configuration = Accounts.Configuration.cheap
        configuration.bcryptCost = 10
        configuration.hashingThreads = 1
        configuration.hashingQueue = 2
        try await AccountsFixture.with(configuration) { fixture in
            let outcomes = await withTaskGroup(of: AccountsError?.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        await fixture.refusal {
                            try await fixture.register("a\(number)@example.org", "guest\(number)")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } >= 3)
            #expect(outcomes.count { $0 == .busy } >= 1)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .busy })
            // The queue has free places again.
            try await fixture.registerAda()
        }
    }

    @Test(
        "A name that looks like an existing name is taken",
        arguments: [("alice", "A1ice"), ("bob", "B0B"), ("Ian", "lan")])
    func lookAlikes(name: String, other: String) async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.register("a@example.org", name)
            #expect(await fixture.refusal { try await fixture.register("b@example.org", other) } == .usernameTaken)
            // The refused registration stored nothing.
            try await fixture.register("b@example.org", "somebody")
        }
    }

    @Test(
        "Names that differ by more than look-alike characters are free",
        arguments: [("Ian", "Lan"), ("corn3r", "com3r"), ("wim", "vvim")])
    func distinct(name: String, other: String) async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.register("a@example.org", name)
            try await fixture.register("b@example.org", other)
        }
    }

    @Test("A client that requests many taken names must wait, and learns nothing during the pauses")
    func enumeration() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<20 {
                // All addresses of one subscriber (/64) count as one.
                let refusal = await fixture.refusal {
                    try await fixture.register("ada@example.org", "eve\(number)", from: "2001:db8::\(number)")
                }
                #expect(refusal == .emailTaken)
            }
            // Then growing pauses apply to every name.
            for pause in [1, 2, 4, 8, 16, 32] {
                #expect(
                    await fixture.refusal { try await fixture.register("ada@example.org", "eve", from: "2001:db8::1") }
                        == .emailTaken)
                if pause < 32 { fixture.store.advance(seconds: pause) }
            }
            for email in ["ada@example.org", "nobody@example.org"] {
                let refusal = await fixture.refusal { try await fixture.register(email, "eve", from: "2001:db8::ffff") }
                #expect(refusal == .registrationThrottled(retryAfter: 32), "\(email)")
            }
            try await fixture.register("eve@example.org", "eve", from: "2001:db8:0:1::1")
            // Behind a proxy that is not trusted, all clients seem to have this machine's address.
            for number in 0..<25 {
                let refusal = await fixture.refusal {
                    try await fixture.register("ada@example.org", "bob\(number)", from: "127.0.0.1")
                }
                #expect(refusal == .emailTaken)
            }
            fixture.store.advance(seconds: 32)
            try await fixture.register("other@example.org", "other", from: "2001:db8::1")
        }
    }

    @Test("Concurrent requests reveal no more than sequential ones")
    func enumerationAtOnce() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            let told = await withTaskGroup(of: AccountsError?.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        await fixture.refusal { try await fixture.register("ada@example.org", "eve\(number)") }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 == .emailTaken ? 1 : 0 }
            }
            #expect((1...21).contains(told))
        }
    }

    @Test("The accounts that an address can register in an hour are limited, except for this machine's own address")
    func mass() async throws {
        var configuration = Accounts.Configuration.cheap
        configuration.registrationLimit = 3
        try await AccountsFixture.with(configuration) { fixture in
            for (index, address) in ["198.51.100.7", "127.0.0.1"].enumerated() {
                for number in 0..<3 {
                    try await fixture.register(
                        "a\(index)\(number)@example.org", "a\(index)-\(number + 2)", from: address)
                }
            }
            let refusal = await fixture.refusal {
                try await fixture.register("b@example.org", "bert", from: "::ffff:198.51.100.7")
            }
            #expect(refusal == .registrationThrottled(retryAfter: 3600))
            try await fixture.register("b@example.org", "bert", from: "127.0.0.1")
        }
    }
}
