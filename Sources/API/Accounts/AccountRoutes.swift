internal import Accounts
internal import Catalog
internal import Ground
internal import Hummingbird
internal import Telemetry

/// Registering, signing in and out.
func addAccountRoutes(to router: Router<APIContext>, services: Services) {
    router.post("/v1/auth/register") { request, context in
        var body = try await JSONObjectBody(request, context)
        // Only the form is looked at here; what each has to look like is the accounts' business.
        let email = body.text("email", length: 1...1024)
        let username = body.text("username", length: 1...1024)
        let password = body.text("password", length: 1...1024)
        try body.finish()
        let user = try await services.accounts.register(
            email: email, username: username, password: password, address: context.remoteAddress)
        return try JSONOutput.response(RegisteredUser(id: user.id, username: user.username), status: .created)
    }

    router.post("/v1/auth/login") { request, context in
        var body = try await JSONObjectBody(request, context)
        let identifier = body.optionalText("email", length: 1...1024)
        let name = body.optionalText("username", length: 1...1024)
        let password = body.text("password", length: 1...1024)
        try body.finish()
        guard let identifier = identifier ?? name else {
            throw Problem.invalid([.init(pointer: "/email", code: "required", detail: "Give email or username.")])
        }
        let signIn = try await services.accounts.login(
            identifier: identifier, password: password, address: context.remoteAddress,
            userAgent: request.headers[.userAgent] ?? "")
        return try JSONOutput.response(
            SignedIn(token: signIn.token, expiresAt: Timestamp(signIn.expiresAt).rfc3339, userId: signIn.userID))
    }

    router.post("/v1/auth/logout") { request, _ in
        _ = try await services.requireUser(request)
        if let token = request.headers[.authorization].flatMap({ Services.bearerToken($0) }) {
            try await services.accounts.logout(token)
        }
        return Response(status: .noContent)
    }
}

/// The answer to registering.
private struct RegisteredUser: Encodable {
    var id: String
    var username: String
}

/// The answer to signing in.
private struct SignedIn: Encodable {
    var token: String
    var expiresAt: String
    var userId: String
}
