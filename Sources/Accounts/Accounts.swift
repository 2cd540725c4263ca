public import Catalog
public import SQL

/// Registers users, signs them in and recognises them.
public struct Accounts: Sendable {
    /// The numbers that an operator may want to change.
    public struct Configuration: Sendable {
        /// bcrypt's cost, 4…20; each step doubles the time of a sign-in.
        public var bcryptCost = 12
        /// Passwords that are hashed at the same time.
        public var hashingThreads = 2
        /// Passwords that may wait for a thread; beyond that ``AccountsError/busy``.
        public var hashingQueue = 16
        /// Seconds that a session lasts.
        public var sessionSeconds = 24 * 3600
        /// Wrong passwords in a row, for one account from one address, until it has to wait.
        public var failureLimit = 10
        /// Seconds it then has to wait.
        public var failureSeconds = 3600

        /// The numbers that are right for most.
        public init() {}
    }

    private let database: any Database
    private let store: any SessionStore
    private let clock: WallClock
    private let configuration: Configuration
    private let hasher: PasswordHasher

    /// Accounts over a database and a session store. Call ``shutdown()`` at the end.
    public init(
        database: any Database, store: any SessionStore, clock: WallClock = .system,
        configuration: Configuration = Configuration()
    ) {
        self.database = database
        self.store = store
        self.clock = clock
        self.configuration = configuration
        hasher = PasswordHasher(
            cost: configuration.bcryptCost, threads: configuration.hashingThreads, queue: configuration.hashingQueue)
    }

    /// Ends the hashing threads after the work they have.
    public func shutdown() async {
        await hasher.shutdown()
    }

    /// Stores a new user.
    /// - Throws: ``AccountsError`` with `invalidEmail`, `invalidUsername`, `weakPassword`, `emailTaken`,
    ///   `usernameTaken` or `busy`; `SQLFailure`.
    public func register(email: String, username: String, password: String) async throws -> User {
        guard AccountRules.isEmail(email) else { throw AccountsError.invalidEmail }
        guard AccountRules.isUsername(username) else { throw AccountsError.invalidUsername }
        guard AccountRules.isPassword(password, email: email, username: username) else {
            throw AccountsError.weakPassword
        }
        // Asked before the costly hash, and again by the insert, which alone decides.
        try await database.read { connection in
            if try Users.find(email: email, in: connection) != nil { throw AccountsError.emailTaken }
            if try Users.find(username: username, in: connection) != nil { throw AccountsError.usernameTaken }
        }
        let hash = try await hasher.hash(password)
        let now = clock.now()
        let user = User(
            id: Identifier.make(prefix: .user, at: now), email: email, username: username, passwordHash: hash,
            passwordScheme: PasswordScheme.name, createdAt: now)
        do {
            try await database.transaction { try Users.insert(user, in: $0) }
        } catch CatalogError.emailTaken {
            throw AccountsError.emailTaken
        } catch CatalogError.usernameTaken {
            throw AccountsError.usernameTaken
        }
        return user
    }

    /// Signs a user in; an unknown name takes as long and answers the same as a wrong password.
    /// - Parameters:
    ///   - identifier: The e-mail address or the name, upper and lower case alike.
    ///   - address: Where the request comes from; wrong passwords are counted by account and address.
    ///   - userAgent: The client's own name for itself; only kept with the session.
    /// - Throws: ``AccountsError`` with `badCredentials`, `throttled`, `busy` or `sessionStoreUnavailable`; `SQLFailure`.
    public func login(
        identifier: String, password: String, address: String, userAgent: String = ""
    ) async throws -> SignIn {
        guard identifier.utf8.count <= AccountRules.inputLimit, password.utf8.count <= AccountRules.inputLimit,
            !identifier.utf8.contains(0)
        else { throw AccountsError.badCredentials }
        let user = try await database.read { connection in
            identifier.contains("@")
                ? try Users.find(email: identifier, in: connection)
                : try Users.find(username: identifier, in: connection)
        }
        // By the user where there is one, so that name and address of an account share one count.
        let key = SessionToken.digest("\(user?.id ?? identifier.lowercased())\n\(address)")
        try await refuseWhenThrottled(key)
        guard try await hasher.verify(password, against: user?.passwordHash), let user else {
            try await store.countFailure(key: key, seconds: configuration.failureSeconds)
            throw AccountsError.badCredentials
        }
        // Guesses that ran at the same time may have used up the limit meanwhile.
        try await refuseWhenThrottled(key)
        try await store.forgetFailures(key: key)
        try await renewHash(of: user, password)
        return try await signIn(user, address: address, userAgent: userAgent)
    }

    /// The user whose token this is; `nil` if it is unknown or its time is over.
    /// - Throws: ``AccountsError/sessionStoreUnavailable``.
    public func session(_ token: String) async throws -> String? {
        guard SessionToken.isPlausible(token), let session = try await store.find(digest: SessionToken.digest(token)),
            session.expiresAt > clock.now()
        else { return nil }
        return session.userID
    }

    /// Ends a session; an unknown token is no error.
    /// - Throws: ``AccountsError/sessionStoreUnavailable``.
    public func logout(_ token: String) async throws {
        guard SessionToken.isPlausible(token) else { return }
        try await store.remove(digest: SessionToken.digest(token))
    }

    private func signIn(_ user: User, address: String, userAgent: String) async throws -> SignIn {
        let token = SessionToken.make()
        let now = clock.now()
        let session = Session(
            userID: user.id, createdAt: now, expiresAt: now + Int64(configuration.sessionSeconds) * 1000,
            address: address, userAgent: String(decoding: userAgent.utf8.prefix(256), as: UTF8.self))
        try await store.save(session, digest: SessionToken.digest(token), seconds: configuration.sessionSeconds)
        return SignIn(token: token, expiresAt: session.expiresAt, userID: user.id)
    }

    private func refuseWhenThrottled(_ key: String) async throws {
        let failures = try await store.failures(key: key)
        guard failures.count >= configuration.failureLimit else { return }
        throw AccountsError.throttled(retryAfter: max(1, failures.secondsLeft))
    }

    /// Hashes the password anew if the cost has been changed since; only now is it known.
    private func renewHash(of user: User, _ password: String) async throws {
        guard Bcrypt.cost(of: user.passwordHash) != hasher.cost else { return }
        // A full queue is no reason to refuse the sign-in: the next one will do it.
        guard let hash = try? await hasher.hash(password) else { return }
        try await database.transaction { connection in
            _ = try Users.setPassword(user.id, hash: hash, scheme: PasswordScheme.name, in: connection)
        }
    }
}
