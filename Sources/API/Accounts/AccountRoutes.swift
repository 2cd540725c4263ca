internal import Accounts
internal import Ground
internal import HTTPTypes
internal import Hummingbird

/// Registering, signing in and out.
func accountRoutes(_ services: Services) -> [Route] {
    [
        Route(
            .post, "/v1/auth/register", "register", "Register a user", tag: .accounts, access: .anyone,
            rate: .countedByOutcome(.registration), body: .json(Registration.self),
            answers: [.json(201, RegisteredUser.self, "The new user.")],
            problems: [.emailTaken, .usernameTaken, .invalidEmail, .invalidUsername, .weakPassword]
        ) { call in
            let user = try await services.accounts.register(
                email: call.content.email, username: call.content.username, password: call.content.password,
                address: call.context.remoteAddress)
            return try JSONOutput.response(RegisteredUser(id: user.id, username: user.username), status: .created)
        },
        Route(
            .post, "/v1/auth/login", "login", "Sign in", tag: .accounts, access: .anyone,
            rate: .countedByOutcome(.signIn), body: .json(Credentials.self),
            answers: [.json(SessionResponse.self, "A session of 24 hours.")],
            problems: [.badCredentials]
        ) { call in
            let signIn = try await services.accounts.login(
                identifier: call.content.identifier, password: call.content.password,
                address: call.context.remoteAddress, userAgent: call.request.headers[.userAgent] ?? "")
            return try JSONOutput.response(
                SessionResponse(
                    token: signIn.token, expiresAt: Timestamp(signIn.expiresAt).rfc3339, userId: signIn.userID,
                    username: signIn.username))
        },
        Route(
            .post, "/v1/auth/logout", "logout", "End the session", tag: .accounts, access: .user(services),
            answers: [.empty("The token is no longer valid.")]
        ) { call in
            if let token = call.request.headers[.authorization].flatMap({ Services.bearerToken($0) }) {
                try await services.accounts.logout(token)
            }
            return Response(status: .noContent)
        },
    ]
}

/// What a client sends to register a user.
private struct Registration: RequestDocument {
    let email: String
    let username: String
    let password: String

    init(_ fields: inout JSONObjectBody) {
        // Only the type and a generous length are checked here; `Accounts` knows what each must look like.
        email = fields.text("email", length: 1...1024)
        username = fields.text("username", length: 1...1024)
        password = fields.text("password", length: 1...1024)
    }

    static let schemaName = "Registration"
    static let schema = Schema.object([
        .required(
            "email",
            .text(
                length: 0...254,
                pattern: "^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
                    + #"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$"#)),
        .required("username", .text(pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{2,31}$")),
        .required("password", .text("Neither the address nor the name.", length: 8...128)),
    ])
    static let example: JSONNode? = [
        "email": "ada@example.org", "username": "ada", "password": "correct horse battery",
    ]
}

/// What a client sends to sign in.
private struct Credentials: RequestDocument {
    /// The e-mail address or the name.
    let identifier: String
    let password: String

    init(_ fields: inout JSONObjectBody) {
        fields.requireOne(of: "email", "username")
        let email = fields.optionalText("email", length: 1...1024)
        let username = fields.optionalText("username", length: 1...1024)
        identifier = email ?? username ?? ""
        password = fields.text("password", length: 1...1024)
    }

    static let schemaName = "Credentials"
    static let schema = Schema.object(
        [
            .optional("email", .text(length: 1...1024)), .optional("username", .text(length: 1...1024)),
            .required("password", .text(length: 1...1024)),
        ], "The address or the name, and the password; where both are given the address counts."
    ).with(["anyOf": [["required": ["email"]], ["required": ["username"]]]])
    static let example: JSONNode? = ["username": "ada", "password": "correct horse battery"]
}

/// A user who has just registered.
private struct RegisteredUser: Encodable, DescribedDocument {
    let id: String
    let username: String

    static let schemaName = "User"
    static let schema = Schema.object([.required("id", .identifier(.user)), .required("username", .text())])
}

/// A session that has just begun.
private struct SessionResponse: Encodable, DescribedDocument {
    let token: String
    let expiresAt: String
    let userId: String
    let username: String

    static let schemaName = "Session"
    static let schema = Schema.object([
        .required("token", .text("Send it as `Authorization: Bearer …`.")), .required("expiresAt", .time),
        .required("userId", .text()), .required("username", .text()),
    ])
}
