internal import Accounts
public import Hummingbird

extension Services {
    /// The user who makes the request.
    /// - Returns: The user's identifier.
    /// - Throws: ``Problem`` with 401 if there is no valid token, 503 if sessions cannot be looked up.
    public func requireUser(_ request: Request) async throws -> String {
        guard let user = try await optionalUser(request) else { throw Problem.unauthenticated() }
        return user
    }

    /// The user who makes the request, or `nil` if it carries no token at all.
    /// - Throws: ``Problem`` with 401 if it carries one that is not valid, 503 if sessions cannot be looked up.
    public func optionalUser(_ request: Request) async throws -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        guard let token = Self.bearerToken(header), let user = try await accounts.session(token) else {
            throw Problem.unauthenticated(tokenGiven: true)
        }
        return user
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750 section 2.1).
    static func bearerToken(_ header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let token = parts[1].drop { $0 == " " }
        return token.isEmpty || token.utf8.count > 512 ? nil : String(token)
    }
}
