import Accounts
import Foundation
import Ground
import SQL
import Schema
import Synchronization

/// Accounts over an empty database and a session store in memory, with a low hash cost for many sign-ins.
struct AccountsFixture {
    let accounts: Accounts
    let database: SQLiteDatabase
    let store: MemorySessionStore
    let folder: String

    /// Runs `body` with new accounts; the clock shows one million milliseconds.
    static func with(
        _ configuration: Accounts.Configuration = .cheap, _ body: (AccountsFixture) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/accounts-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try SQLiteDatabase(path: folder + "/test.sqlite")
        try await Schema.prepare(database)
        let store = MemorySessionStore()
        let accounts = Accounts(
            database: database, store: store, clock: WallClock { 1_000_000 }, configuration: configuration)
        let fixture = AccountsFixture(accounts: accounts, database: database, store: store, folder: folder)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(fixture))
        } catch {
            outcome = .failure(error)
        }
        await accounts.shutdown()
        await database.close()
        try outcome.get()
    }

    /// Registers Ada.
    @discardableResult
    func registerAda() async throws -> User {
        try await register("Ada@Example.org", "Ada")
    }

    /// Registers a user from one address.
    @discardableResult
    func register(
        _ email: String, _ username: String, _ password: String = "correct horse", from address: String = "192.0.2.1"
    ) async throws -> User {
        try await accounts.register(email: email, username: username, password: password, address: address)
    }

    /// Signs a user in from one address.
    func login(_ identifier: String, _ password: String, from address: String = "192.0.2.1") async throws -> SignIn {
        try await accounts.login(identifier: identifier, password: password, address: address, userAgent: "test")
    }

    /// The error with which a sign-in is refused; `nil` if it succeeds.
    func answer(_ identifier: String, _ password: String, from address: String = "192.0.2.1") async -> AccountsError? {
        await refusal { _ = try await login(identifier, password, from: address) }
    }

    /// The ``AccountsError`` that `body` throws.
    func refusal(_ body: () async throws -> Void) async -> AccountsError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? AccountsError
        }
    }
}

extension Accounts.Configuration {
    /// The lowest cost that bcrypt allows: a millisecond.
    static var cheap: Accounts.Configuration {
        var configuration = Accounts.Configuration()
        configuration.bcryptCost = 4
        configuration.hashingQueue = 1000
        return configuration
    }
}
