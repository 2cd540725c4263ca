import Accounts
import SQL
import Testing

@Suite("Signing in", .timeLimit(.minutes(1)))
struct SessionTests {
    @Test("A token authenticates its user until sign-out")
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
        "E-mail address and name both work, in upper and lower case",
        arguments: ["ada", "ADA", "ada@example.org", "Ada@EXAMPLE.org"])
    func identifiers(identifier: String) async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            _ = try await fixture.login(identifier, "correct horse")
        }
    }

    @Test("Every sign-in gets a new token")
    func tokens() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            var tokens: Set<String> = []
            for _ in 0..<5 { tokens.insert(try await fixture.login("ada", "correct horse").token) }
            #expect(tokens.count == 5)
        }
    }

    @Test("An unknown name and a wrong password get the same error")
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

    @Test(
        "Texts that do not have the form of a token are invalid",
        arguments: ["", "x", "' OR 1=1", String(repeating: "a", count: 43)])
    func foreignTokens(token: String) async throws {
        try await AccountsFixture.with { fixture in
            let user = try await fixture.accounts.session(token)
            #expect(user == nil)
            try await fixture.accounts.logout(token)
        }
    }

    @Test("A session expires after its lifetime")
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

    @Test(
        "After ten wrong passwords in a row, pauses of at most a minute apply to that account and address only")
    func throttle() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for _ in 0..<10 { #expect(await fixture.answer("ada", "wrong") == .badCredentials) }
            for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
                #expect(await fixture.answer("ada", "wrong") == .badCredentials)
                #expect(await fixture.answer("ada", "wrong") == .throttled(retryAfter: pause))
                #expect(await fixture.answer("ada", "correct horse") == .throttled(retryAfter: pause))
                fixture.store.advance(seconds: pause)
            }
            // The address is known because the account was registered from it, so only this count applies, and a correct
            // password resets it.
            #expect(await fixture.answer("ada", "correct horse") == nil)
            for _ in 0..<11 { #expect(await fixture.answer("ada", "wrong") == .badCredentials) }
        }
    }

    @Test("Guesses at a name do not reveal which e-mail address belongs to it")
    func noLink() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<40 {
                _ = await fixture.answer("ada", "wrong", from: "192.0.2.1")
                _ = await fixture.answer("ada", "wrong", from: "198.51.100.1")
                _ = await fixture.answer("ada", "wrong", from: "203.0.113.\(number)")
            }
            for address in ["192.0.2.1", "198.51.100.1"] {
                for email in ["ada@example.org", "eve@example.org", "ada@example.org", "eve@example.org"] {
                    #expect(await fixture.answer(email, "wrong", from: address) == .badCredentials)
                }
            }
        }
    }

    @Test("An unknown name is throttled like a known one")
    func throttleUnknown() async throws {
        try await AccountsFixture.with { fixture in
            for _ in 0..<11 { #expect(await fixture.answer("nobody", "wrong") == .badCredentials) }
            #expect(await fixture.answer("NOBODY", "wrong") == .throttled(retryAfter: 1))
        }
    }

    @Test("A client that polls for an account delays only itself, and not the owner at a new address")
    func polling() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<40 { _ = await fixture.answer("ada", "wrong", from: "198.51.100.\(number % 8)") }
            var guesses = 0
            for number in 0..<2400 {
                let answer = await fixture.answer("ada", "wrong", from: "198.51.100.\(number % 8)")
                if answer == .badCredentials { guesses += 1 }
                if number.isMultiple(of: 8) { fixture.store.advance(seconds: 1) }
            }
            // Attempts before the end of a pause only prolong that client's pauses.
            #expect(guesses <= 2)
            #expect(await fixture.answer("ada", "correct horse", from: "203.0.113.1") == nil)
            // After the owner's first password was wrong, the next attempt is admitted after the returned wait.
            #expect(await fixture.answer("ada", "wrong", from: "203.0.113.2") == .badCredentials)
            guard case .throttled(let wait) = await fixture.answer("ada", "correct horse", from: "203.0.113.2") else {
                Issue.record("a second attempt at once")
                return
            }
            #expect((1...60).contains(wait))
            fixture.store.advance(seconds: wait)
            #expect(await fixture.answer("ada", "correct horse", from: "203.0.113.2") == nil)
        }
    }

    @Test("All /64 blocks of an IPv6 /48 share one first attempt for an account under attack")
    func firstAttempts() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<20 {
                _ = await fixture.refusal { _ = try await fixture.login("ada", "wrong", from: "198.51.100.\(number)") }
            }
            var guesses = 0
            for number in 0..<50 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("ada", "wrong", from: "2001:db8:1:\(number)::1")
                }
                if refusal == .badCredentials { guesses += 1 }
            }
            #expect((1...2).contains(guesses))
        }
    }

    @Test("Beyond the limit correct and wrong passwords get the same error, also when many arrive at once")
    func noOracle() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            let refusals = await withTaskGroup(of: AccountsError?.self) { group in
                for number in 0..<60 {
                    group.addTask {
                        await fixture.refusal {
                            _ = try await fixture.login("ada", "wrong \(number)", from: "192.0.2.9")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(refusals.count { $0 == .badCredentials } <= 11)
            // Attempts that were refused because others were in progress are not counted, so more may be needed.
            while await fixture.refusal({ _ = try await fixture.login("ada", "wrong", from: "192.0.2.9") })
                == .badCredentials
            {}
            for password in ["wrong", "correct horse"] {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("ada", password, from: "192.0.2.9")
                }
                #expect(refusal == .throttled(retryAfter: 1))
            }
        }
    }

    @Test("A correct password is refused, to be retried, while as many attempts are in progress as may be wrong")
    func atOnce() async throws {
        var configuration = Accounts.Configuration.cheap
        configuration.bcryptCost = 10
        configuration.failureLimit = 1
        try await AccountsFixture.with(configuration) { fixture in
            try await fixture.registerAda()
            let outcomes = await withTaskGroup(of: AccountsError?.self) { group in
                for _ in 0..<14 {
                    group.addTask { await fixture.refusal { _ = try await fixture.login("ada", "correct horse") } }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.contains(nil) && outcomes.contains(.attemptsUnderWay))
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .attemptsUnderWay })
        }
    }

    @Test("This machine's own addresses have a limit for each account, but none for all accounts together")
    func ownAddress() async throws {
        try await AccountsFixture.with { fixture in
            for number in 0..<120 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login(
                        "nobody\(number)", "wrong", from: number.isMultiple(of: 2) ? "127.0.0.1" : "::1")
                }
                #expect(refusal == .badCredentials)
            }
            for number in 0..<12 {
                let refusal = await fixture.refusal { _ = try await fixture.login("ada", "wrong", from: "127.0.0.1") }
                #expect(refusal == (number < 11 ? .badCredentials : .throttled(retryAfter: 1)))
            }
        }
    }

    @Test("All addresses of a /64 count as one: ten of them do not get a hundred guesses")
    func block() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<40 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("ada", "wrong", from: "2001:db8:7:7:\(number)::1")
                }
                #expect(refusal == (number < 11 ? .badCredentials : .throttled(retryAfter: 1)))
            }
        }
    }

    @Test("Wrong passwords of an address for all accounts are limited; owners who signed in there before are exempt")
    func addressCeiling() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<120 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("nobody\(number)", "wrong", from: "192.0.2.1")
                }
                #expect(refusal == (number < 101 ? .badCredentials : .throttled(retryAfter: 1)))
            }
            // The address is known because the account was registered from it.
            _ = try await fixture.login("ada", "correct horse", from: "192.0.2.1")
            try await fixture.register("eve@example.org", "eve", from: "192.0.2.2")
            #expect(
                await fixture.refusal { _ = try await fixture.login("eve", "correct horse", from: "192.0.2.1") }
                    == .throttled(retryAfter: 1))
            fixture.store.advance(seconds: 1)
            _ = try await fixture.login("eve", "correct horse", from: "192.0.2.1")
        }
    }

    @Test("Guesses from many addresses slow down unknown clients of an account, and never lock it")
    func accountCeiling() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            var guesses = 0
            for number in 0..<200 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("ada", "wrong", from: "198.51.100.\(number % 50)")
                }
                if refusal == .badCredentials { guesses += 1 }
            }
            // Each address has its first attempt, and beyond these one attempt is admitted.
            #expect((50...51).contains(guesses))
            // The owner at a known address: at once.
            _ = try await fixture.login("ada", "correct horse", from: "192.0.2.1")
            // The owner at a new address: at once, with the first password.
            _ = try await fixture.login("ada", "correct horse", from: "203.0.113.2")
            // The address is known from now on.
            _ = try await fixture.login("ada", "correct horse", from: "203.0.113.2")
        }
    }

    @Test("Many sign-ins from one address do not delay those from other addresses")
    func fairTurns() async throws {
        var configuration = Accounts.Configuration.cheap
        configuration.bcryptCost = 8
        configuration.hashingThreads = 1
        configuration.hashingQueue = 4
        try await AccountsFixture.with(configuration) { fixture in
            try await fixture.registerAda()
            try await fixture.register("eve@example.org", "eve", from: "198.51.100.1")
            await withTaskGroup(of: Void.self) { group in
                for lane in 0..<20 {
                    group.addTask {
                        for number in 0..<4 {
                            _ = await fixture.refusal {
                                _ = try await fixture.login("nobody\(lane)-\(number)", "wrong", from: "203.0.113.1")
                            }
                        }
                    }
                }
                // One client at a known address, and one at an unknown address.
                for (name, address) in [("ada", "192.0.2.1"), ("eve", "192.0.2.77")] {
                    group.addTask {
                        for _ in 0..<5 {
                            let refusal = await fixture.refusal {
                                _ = try await fixture.login(name, "correct horse", from: address)
                            }
                            #expect(refusal == nil)
                        }
                    }
                }
            }
        }
    }

    @Test("A correct password resets the count of wrong ones")
    func row() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for _ in 0..<3 {
                for _ in 0..<9 { _ = await fixture.refusal { _ = try await fixture.login("ada", "wrong") } }
                _ = try await fixture.login("ada", "correct horse")
            }
        }
    }

    @Test("Without the store every call fails as unavailable: no sign-in, and no token counts as valid or unknown")
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

    @Test("A sign-in replaces the hash when the cost was changed")
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
