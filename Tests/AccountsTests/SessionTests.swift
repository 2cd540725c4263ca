import Accounts
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

    @Test(
        "After ten wrong passwords in a row there are pauses, for that account and address alone, of a minute at most")
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
            // Registered from there, so known: nothing but this row is in the way, and a right password ends it.
            #expect(await fixture.answer("ada", "correct horse") == nil)
            for _ in 0..<11 { #expect(await fixture.answer("ada", "wrong") == .badCredentials) }
        }
    }

    @Test("Guesses at a name do not tell which e-mail address belongs to it")
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

    @Test("Whoever polls for an account holds up themselves, and not its owner at an address of theirs that is new")
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
            // Their asking before the time they were told only prolongs their pauses.
            #expect(guesses <= 2)
            #expect(await fixture.answer("ada", "correct horse", from: "203.0.113.1") == nil)
            // Where the owner's first password was wrong: after the wait that they are told.
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

    @Test("All blocks of an IPv6 network have one first attempt at an account that is guessed at")
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

    @Test("Beyond the limit right and wrong passwords get the same answer, however many come at once")
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
            // What could not be looked at while others were is not counted; so the row may have to be filled.
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

    @Test("A right password that comes while as many attempts are under way as may be wrong has to come again")
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

    @Test("This machine's own addresses have no limit for all accounts together, but one for each account")
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

    @Test("Addresses of one /64 are one: ten of them do not make a hundred guesses")
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

    @Test("An address has so many wrong passwords for all accounts together, but owners who were there before get in")
    func addressCeiling() async throws {
        try await AccountsFixture.with { fixture in
            try await fixture.registerAda()
            for number in 0..<120 {
                let refusal = await fixture.refusal {
                    _ = try await fixture.login("nobody\(number)", "wrong", from: "192.0.2.1")
                }
                #expect(refusal == (number < 101 ? .badCredentials : .throttled(retryAfter: 1)))
            }
            // Registered from there, so it is known there.
            _ = try await fixture.login("ada", "correct horse", from: "192.0.2.1")
            try await fixture.register("eve@example.org", "eve", from: "192.0.2.2")
            #expect(
                await fixture.refusal { _ = try await fixture.login("eve", "correct horse", from: "192.0.2.1") }
                    == .throttled(retryAfter: 1))
            fixture.store.advance(seconds: 1)
            _ = try await fixture.login("eve", "correct horse", from: "192.0.2.1")
        }
    }

    @Test("An account that is guessed at from many addresses is slowed down for strangers, and never closed")
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
            // Each address has its first, and one comes through beyond them.
            #expect((50...51).contains(guesses))
            // The owner, where they have been before: at once.
            _ = try await fixture.login("ada", "correct horse", from: "192.0.2.1")
            // Elsewhere: at once, with the first password.
            _ = try await fixture.login("ada", "correct horse", from: "203.0.113.2")
            // Known there from now on.
            _ = try await fixture.login("ada", "correct horse", from: "203.0.113.2")
        }
    }

    @Test("Many sign-ins from one address do not keep others from theirs")
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
                // One who is known where they are, and one who is not.
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
