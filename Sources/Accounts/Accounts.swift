internal import Crypto
public import Ground
public import SQL

/// Registers users, signs them in and recognises them.
public struct Accounts: Sendable {
    /// Limits and times.
    public struct Configuration: Sendable {
        /// bcrypt's cost, 4…20; each step doubles the time of a sign-in.
        public var bcryptCost = 12
        /// Maximum number of passwords that are hashed concurrently.
        public var hashingThreads = 2
        /// Passwords that may wait for a thread; beyond that ``AccountsError/busy``. Those of registrations have a queue
        /// and a thread of their own.
        public var hashingQueue = 64
        /// Seconds that a session lasts.
        public var sessionSeconds = 24 * 3600
        /// Wrong passwords in a row, for one name or e-mail address from one address, before there are pauses.
        public var failureLimit = 10
        /// Seconds for which they count, from the last one.
        public var failureSeconds = 3600
        /// Wrong passwords an hour from one address, for accounts that it is not known for, before there are pauses; 0 for no
        /// limit. Loopback addresses have none: clients of a proxy that is not configured as one seem to come from there.
        public var addressFailureLimit = 100
        /// Wrong passwords for one name or e-mail address from addresses it is not known for, after which such sign-ins
        /// are admitted one at a time, except for the first from each network; 0 for no limit.
        public var accountFailureLimit = 20
        /// The longest pause between two attempts beyond any of these limits, or beyond ``takenLimit``, in seconds; the
        /// first is a second, and each counted attempt doubles it.
        public var longestPause = 60
        /// Seconds for which an address is known for an account that was registered or signed in to from there.
        public var knownSeconds = 30 * 86_400
        /// Accounts an hour from one address, except loopback addresses; 0 for no limit.
        public var registrationLimit = 60
        /// How often an hour one address, except loopback addresses, is told that an e-mail address or a name is taken
        /// before there are pauses; 0 for no limit.
        public var takenLimit = 20

        /// The defaults, which suit most installations.
        public init() {}
    }

    private let database: any Database
    private let store: any SessionStore
    private let clock: WallClock
    private let configuration: Configuration
    private let hasher: PasswordHasher
    /// For registrations, which anybody can send, so that they do not delay sign-ins.
    private let registrationHasher: PasswordHasher
    /// Seconds over which attempts of an address, and of an account, are counted.
    private static let hour = 3600

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
        registrationHasher = PasswordHasher(
            cost: configuration.bcryptCost, threads: 1, queue: configuration.hashingQueue)
    }

    /// Ends the hashing threads after the running hashes.
    public func shutdown() async {
        await hasher.shutdown()
        await registrationHasher.shutdown()
    }

    /// Stores a new user.
    /// - Parameter address: Where the request comes from; registrations are counted by its block.
    /// - Throws: ``AccountsError`` with `invalidEmail`, `invalidUsername`, `weakPassword`, `emailTaken`,
    ///   `usernameTaken`, `registrationThrottled`, `registrationsUnderWay`, `busy` or `sessionStoreUnavailable`;
    ///   `SQLFailure`.
    public func register(email: String, username: String, password: String, address: String) async throws -> User {
        guard AccountRules.isEmail(email) else { throw AccountsError.invalidEmail }
        guard AccountRules.isUsername(username) else { throw AccountsError.invalidUsername }
        guard AccountRules.isPassword(password, email: email, username: username) else {
            throw AccountsError.weakPassword
        }
        let block = AddressBlock.of(address)
        let (made, taken) = registrationLimits(address, block)
        let limits = [made, taken].compactMap { $0 }
        switch try await begin(limits) {
        case .admitted: break
        case .refused(let seconds): throw AccountsError.registrationThrottled(retryAfter: seconds)
        case .crowded: throw AccountsError.registrationsUnderWay
        }
        let user: User
        do {
            user = try await store(email, username, password, from: block)
        } catch {
            let isTold = [.emailTaken, .usernameTaken].contains(error as? AccountsError)
            await end(limits) { isTold && $0 == taken ? .counted : .void }
            throw error
        }
        await end(limits) { $0 == made ? .counted : .void }
        try? await store.setKnown(key: Self.knownKey(user.id, block), seconds: configuration.knownSeconds)
        return user
    }

    private func store(_ email: String, _ username: String, _ password: String, from block: String) async throws -> User
    {
        // Checked before the costly hash; the insert checks again and decides.
        try await database.read { connection in
            if try Users.find(email: email, in: connection) != nil { throw AccountsError.emailTaken }
            if try Users.find(confusableWith: username, in: connection) != nil { throw AccountsError.usernameTaken }
        }
        let hash = try await registrationHasher.hash(password, for: .init(group: block))
        let now = clock.now()
        let user = User(
            id: Identifier.make(prefix: .user, at: now), email: email, username: username, passwordHash: hash,
            passwordScheme: PasswordScheme.name, createdAt: now)
        try await database.transaction { try Users.insert(user, in: $0) }
        return user
    }

    /// Signs a user in; an unknown name takes as long and answers the same as a wrong password.
    ///
    /// Wrong passwords are counted by identifier and block of addresses, by block alone and by identifier alone. From a block
    /// that is known for the account only the first of these counts, so that others cannot lock its owner out. The
    /// identifier is counted as it is typed, although name and address mean one account: a shared count would reveal that they do.
    /// - Parameters:
    ///   - identifier: The e-mail address or the name, upper and lower case alike.
    ///   - address: Where the request comes from.
    ///   - userAgent: The client's own name for itself; only kept with the session.
    /// - Throws: ``AccountsError`` with `badCredentials`, `throttled`, `attemptsUnderWay`, `busy` or
    ///   `sessionStoreUnavailable`; `SQLFailure`.
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
        let name = identifier.lowercased()
        let block = AddressBlock.of(address)
        let known = Self.knownKey(user?.id ?? name, block)
        let client = PasswordHasher.Client(group: block, isKnown: try await store.isKnown(key: known))
        let row = AttemptLimit(
            key: Self.digest("sign-in\n\(name)\n\(block)"), limit: configuration.failureLimit,
            seconds: configuration.failureSeconds, isRenewed: true, longestPause: longestPause)
        let limits = [row] + (client.isKnown ? [] : strangerLimits(name, address, block))
        switch try await begin(limits) {
        case .admitted: break
        case .refused(let seconds): throw AccountsError.throttled(retryAfter: seconds)
        case .crowded: throw AccountsError.attemptsUnderWay
        }
        let isRight: Bool
        do {
            isRight = try await hasher.verify(password, against: user?.passwordHash, for: client)
        } catch {
            await end(limits) { _ in .void }
            throw error
        }
        guard isRight, let user else {
            await end(limits) { _ in .counted }
            throw AccountsError.badCredentials
        }
        await end(limits) { $0 == row ? .forgiven : .void }
        try await store.setKnown(key: known, seconds: configuration.knownSeconds)
        try await renewHash(of: user, password, client)
        return try await signIn(user, address: address, userAgent: userAgent)
    }

    /// The identifier of the user whose token this is; `nil` if it is unknown or has expired.
    /// - Throws: ``AccountsError/sessionStoreUnavailable``.
    public func session(_ token: String) async throws -> String? {
        guard Self.isPlausible(token), let session = try await store.find(digest: Self.digest(token)),
            session.expiresAt > clock.now()
        else { return nil }
        return session.userID
    }

    /// Ends a session; an unknown token is no error.
    /// - Throws: ``AccountsError/sessionStoreUnavailable``.
    public func logout(_ token: String) async throws {
        guard Self.isPlausible(token) else { return }
        try await store.remove(digest: Self.digest(token))
    }

    private func signIn(_ user: User, address: String, userAgent: String) async throws -> SignIn {
        let token = RandomText.secret()
        let now = clock.now()
        let session = Session(
            userID: user.id, createdAt: now, expiresAt: now + Int64(configuration.sessionSeconds) * 1000,
            address: address, userAgent: String(decoding: userAgent.utf8.prefix(256), as: UTF8.self))
        try await store.save(session, digest: Self.digest(token), seconds: configuration.sessionSeconds)
        return SignIn(token: token, expiresAt: session.expiresAt, userID: user.id, username: user.username)
    }

    /// SHA-256 of a text in hexadecimal digits, for tokens and for the keys of limits.
    private static func digest(_ text: String) -> String { Hexadecimal.text(SHA256.hash(data: Array(text.utf8))) }

    /// Whether a text has the length of a token; others are not looked up.
    private static func isPlausible(_ token: String) -> Bool { token.utf8.count == 43 }

    private static func knownKey(_ account: String, _ block: String) -> String {
        Self.digest("known\n\(account)\n\(block)")
    }

    /// The limits for sign-ins from a block that is not known for the account.
    private func strangerLimits(_ name: String, _ address: String, _ block: String) -> [AttemptLimit] {
        var limits: [AttemptLimit] = []
        if configuration.addressFailureLimit > 0, !AddressBlock.isLoopback(address) {
            limits.append(
                AttemptLimit(
                    key: Self.digest("sign-ins from\n\(block)"), limit: configuration.addressFailureLimit,
                    seconds: Self.hour, longestPause: longestPause))
        }
        if configuration.accountFailureLimit > 0 {
            limits.append(
                AttemptLimit(
                    key: Self.digest("sign-ins to\n\(name)"), limit: configuration.accountFailureLimit,
                    seconds: Self.hour, isRenewed: true, longestPause: longestPause,
                    asker: Self.digest("asks for\n\(name)\n\(AddressBlock.network(of: address))")))
        }
        return limits
    }

    private func registrationLimits(
        _ address: String, _ block: String
    ) -> (made: AttemptLimit?, taken: AttemptLimit?) {
        if AddressBlock.isLoopback(address) { return (nil, nil) }
        func limit(_ what: String, _ limit: Int, longestPause: Int? = nil) -> AttemptLimit? {
            guard limit > 0 else { return nil }
            return AttemptLimit(
                key: Self.digest("\(what)\n\(block)"), limit: limit, seconds: Self.hour,
                longestPause: longestPause)
        }
        return (
            limit("registrations", configuration.registrationLimit),
            limit("taken", configuration.takenLimit, longestPause: longestPause)
        )
    }

    private var longestPause: Int { max(1, configuration.longestPause) }

    private func begin(_ limits: [AttemptLimit]) async throws -> AttemptAdmission {
        limits.isEmpty ? .admitted : try await store.begin(limits)
    }

    /// Ends an attempt. If the store does not answer, the attempt stays under way until it expires.
    private func end(_ limits: [AttemptLimit], _ outcome: (AttemptLimit) -> AttemptOutcome) async {
        guard !limits.isEmpty else { return }
        let attempts = limits.map { (limit: $0, outcome: outcome($0)) }
        // A client that disconnects cancels its request; the attempt counts nevertheless.
        await Task { [store] in try? await store.end(attempts) }.value
    }

    /// Hashes the password anew if the cost has changed: the password is known only at a sign-in.
    private func renewHash(of user: User, _ password: String, _ client: PasswordHasher.Client) async throws {
        guard Bcrypt.cost(of: user.passwordHash) != hasher.cost else { return }
        // A full queue does not fail the sign-in: the next one renews the hash.
        guard let hash = try? await hasher.hash(password, for: client) else { return }
        try await database.transaction { connection in
            _ = try Users.setPassword(user.id, hash: hash, scheme: PasswordScheme.name, in: connection)
        }
    }
}
