import Accounts
import Catalog
import SQL
import Testing

@Suite("Signing in", .timeLimit(.minutes(1)))
struct SessionTests {
    @Test("A token stands for its user until it is given back")
    func session() async throws {
        try await AccountsFixture.with { fixture in
            let user = try await fixture.registerAda()
            let signIn = try await fixture.login("ada", "correct horse")
            #expect(signIn.userID == user.id)
            #expect(signIn.expiresAt == 1_000_000 + 24 * 3_600_000)
            #expect(signIn.token.utf8.count == 43)
            #expect(try await fixture.accounts.session(signIn.token) == user.id)
            let kept = fixture.store.sessions
            #expect(kept.count == 1 && kept.keys.allSatisfy { !$0.contains(signIn.token) && $0.count == 64 })
            #expect(kept.values.first?.address == "192.0.2.1")
            try await fixture.accounts.logout(signIn.token)
            try await fixture.accounts.logout(signIn.token)
            #expect(try await fixture.accounts.session(signIn.token) == nil)
        }
    }

    @Test(
        "Address and name work, upper and lower case alike",
        arguments: ["ada", "ADA", "ada@example.org", "Ada@EXAMPLE.org"])
    func identifiers(identifier: String) async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            _ = try await fixture.login(identifier, "correct horse")
        }
    }

    @Test("Every sign-in has a token of its own")
    func tokens() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            var tokens: Set<String> = []
            for _ in 0..<5 { tokens.insert(try await fixture.login("ada", "correct horse").token) }
            #expect(tokens.count == 5)
        }
    }

    @Test("Unknown name and wrong password answer the same")
    func wrong() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for (identifier, password) in [
                ("ada", "Correct horse"), ("eve", "correct horse"), ("eve@example.org", "x"), ("", ""), ("a\0b", "x"),
                ("ada", String(repeating: "x", count: 5000)),
            ] {
                let refusal = await fixture.refusal { _ = try await fixture.login(identifier, password) }
                #expect(refusal == .badCredentials, "\(identifier)")
            }
        }
    }

    @Test("Tokens of another form are nobody's", arguments: ["", "x", "' OR 1=1", String(repeating: "a", count: 43)])
    func foreignTokens(token: String) async throws {
        try await AccountsFixture.with { fixture in
            let user = try await fixture.accounts.session(token)
            #expect(user == nil)
            try await fixture.accounts.logout(token)
        }
    }

    @Test("A session ends after its time")
    func expiry() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            let signIn = try await fixture.login("ada", "correct horse")
            fixture.store.advance(seconds: 24 * 3600 - 1)
            #expect(try await fixture.accounts.session(signIn.token) != nil)
            fixture.store.advance(seconds: 1)
            #expect(try await fixture.accounts.session(signIn.token) == nil)
        }
    }

    @Test("Ten wrong passwords in a row close the door for that account and address alone, for an hour")
    func throttle() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<10 {
                // Name and address of the account share the count.
                let identifier = number.isMultiple(of: 2) ? "ada" : "ada@example.org"
                #expect(await fixture.refusal { _ = try await fixture.login(identifier, "wrong") } == .badCredentials)
            }
            fixture.store.advance(seconds: 600)
            #expect(
                await fixture.refusal { _ = try await fixture.login("ada", "correct horse") }
                    == .throttled(retryAfter: 3000))
            _ = try await fixture.login("ada", "correct horse", from: "192.0.2.2")
            fixture.store.advance(seconds: 3000)
            _ = try await fixture.login("ada", "correct horse")
        }
    }

    @Test("An unknown name is throttled like a known one")
    func throttleUnknown() async throws {
        try await AccountsFixture.with { fixture in
            for _ in 0..<10 {
                #expect(await fixture.refusal { _ = try await fixture.login("nobody", "wrong") } == .badCredentials)
            }
            #expect(
                await fixture.refusal { _ = try await fixture.login("NOBODY", "wrong") } == .throttled(retryAfter: 3600)
            )
        }
    }

    @Test("A right password ends the row of wrong ones")
    func row() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for _ in 0..<3 {
                for _ in 0..<9 { _ = await fixture.refusal { _ = try await fixture.login("ada", "wrong") } }
                _ = try await fixture.login("ada", "correct horse")
            }
        }
    }

    @Test("Without its store nobody is signed in, recognised or taken for unknown")
    func unavailable() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            let token = try await fixture.login("ada", "correct horse").token
            fixture.store.setReachable(false)
            #expect(
                await fixture.refusal { _ = try await fixture.login("ada", "correct horse") }
                    == .sessionStoreUnavailable)
            #expect(
                await fixture.refusal { _ = try await fixture.accounts.session(token) } == .sessionStoreUnavailable)
            #expect(await fixture.refusal { try await fixture.accounts.logout(token) } == .sessionStoreUnavailable)
            fixture.store.setReachable(true)
            #expect(try await fixture.accounts.session(token) != nil)
        }
    }

    @Test("A sign-in hashes anew when the cost has been changed")
    func newCost() async throws {
        try await AccountsFixture.with { fixture in
            let user = try await fixture.registerAda()
            var configuration = Accounts.Configuration.cheap
            configuration.bcryptCost = 5
            let later = Accounts(database: fixture.database, store: fixture.store, configuration: configuration)
            _ = try await later.login(identifier: "ada", password: "correct horse", address: "192.0.2.1")
            await later.shutdown()
            let stored = try await fixture.database.read { try Users.find(id: user.id, in: $0) }
            #expect(stored?.passwordHash.hasPrefix("$2b$05$") == true)
            _ = try await fixture.login("ada", "correct horse")
        }
    }
}
