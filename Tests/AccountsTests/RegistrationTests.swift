import Accounts
import Catalog
import SQL
import Testing

@Suite("Registration", .timeLimit(.minutes(1)))
struct RegistrationTests {
    @Test("A new user is stored with a salted hash and nothing else of the password")
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

    @Test("Wrong input has its own refusals")
    func wrongInput() async throws {
        try await AccountsFixture.with { fixture in
            func refusal(_ email: String, _ username: String, _ password: String) async -> AccountsError? {
                await fixture.refusal {
                    _ = try await fixture.accounts.register(email: email, username: username, password: password)
                }
            }
            #expect(await refusal("ada", "ada", "correct horse") == .invalidEmail)
            #expect(await refusal("ada@example.org", "a", "correct horse") == .invalidUsername)
            #expect(await refusal("ada@example.org", "ada", "short") == .weakPassword)
            #expect(await refusal("ada@example.org", "ada", "correct horse") == nil)
            #expect(await refusal("ADA@example.org", "eve", "correct horse") == .emailTaken)
            #expect(await refusal("eve@example.org", "ADA", "correct horse") == .usernameTaken)
        }
    }

    @Test("Of many who want the same name at the same moment one gets it")
    func race() async throws {
        try await AccountsFixture.with { fixture in
            let outcomes = await withTaskGroup(of: AccountsError?.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        await fixture.refusal {
                            _ = try await fixture.accounts.register(
                                email: "a\(number)@example.org", username: "same", password: "correct horse")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.count { $0 == .usernameTaken } == 19)
        }
    }

    @Test("More than the queue holds is refused and not kept waiting")
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
                            _ = try await fixture.accounts.register(
                                email: "a\(number)@example.org", username: "user\(number)", password: "correct horse")
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } >= 3)
            #expect(outcomes.count { $0 == .busy } >= 1)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .busy })
            // The queue has room again.
            try await fixture.registerAda()
        }
    }
}
