internal import Accounts
internal import Hummingbird

/// Who may call a route; a value, so that descriptions and tests can read it.
enum AccessRule: Sendable, Hashable {
    /// Everybody; the route does not look at tokens.
    case anyone
    /// Everybody; a valid token may show more, and one that is not valid does no harm.
    case anyoneOrUser
    /// Everybody for some values of the query, a signed-in user for others.
    case userForSomeQueries
    /// Every signed-in user.
    case user
    /// The owner of what the path names; others get `refusal`.
    case owner(refusal: ProblemCode)
    /// Any client that knows the secret in the path.
    case secretOfPath

    /// Whether the route always needs a token.
    var needsToken: Bool {
        switch self {
        case .user, .owner: true
        case .anyone, .anyoneOrUser, .userForSomeQueries, .secretOfPath: false
        }
    }

    /// Whether the route may look at a token.
    var readsToken: Bool { needsToken || self == .anyoneOrUser || self == .userForSomeQueries }

    /// The codes with which the rule refuses requests.
    var problems: [ProblemCode] {
        switch self {
        case .anyone, .anyoneOrUser, .secretOfPath: []
        case .user, .userForSomeQueries: [.authenticationRequired, .invalidToken]
        case .owner(let refusal): [.authenticationRequired, .invalidToken, refusal]
        }
    }
}

/// A rule with the code that enforces it before the handler runs, and what the handler then knows of the caller.
struct Access<Caller: Sendable>: Sendable {
    /// Who may call.
    let rule: AccessRule
    /// Parameters of the path that `admit` reads.
    let parameters: [Parameter]
    /// More codes with which `admit` refuses requests, such as that of a thing that does not exist.
    let problems: [ProblemCode]
    /// Lets a request in.
    /// - Throws: ``Problem`` with the code of the refusal.
    let admit: @Sendable (Request, APIContext) async throws -> Caller

    init(
        _ rule: AccessRule, parameters: [Parameter] = [], problems: [ProblemCode] = [],
        admit: @escaping @Sendable (Request, APIContext) async throws -> Caller
    ) {
        self.rule = rule
        self.parameters = parameters
        self.problems = problems
        self.admit = admit
    }
}

extension Access where Caller == Void {
    /// Everybody.
    static var anyone: Access { Access(.anyone) { _, _ in } }
}

extension Access where Caller == String {
    /// Every signed-in user; the handler gets the user's identifier.
    static func user(_ services: Services) -> Access {
        Access(.user) { request, _ in try await services.requireUser(request) }
    }
}

extension Services {
    /// The user who makes the request.
    /// - Returns: The user's identifier.
    /// - Throws: ``Problem`` with 401 if there is no valid token; `AccountsError` if sessions cannot be looked up.
    func requireUser(_ request: Request) async throws -> String {
        guard let header = request.headers[.authorization] else { throw Problem.unauthenticated() }
        guard let user = try await user(header) else { throw Problem.unauthenticated(tokenGiven: true) }
        return user
    }

    /// The user whose valid token the request has; `nil` without one, and where sessions cannot be looked up.
    func recognizedUser(_ request: Request) async -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        do { return try await user(header) } catch { return nil }
    }

    private func user(_ authorization: String) async throws -> String? {
        guard let token = Self.bearerToken(authorization) else { return nil }
        return try await accounts.session(token)
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).
    static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        return token.isEmpty || token.utf8.count > 512 ? nil : String(token)
    }
}
