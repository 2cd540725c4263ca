public import Ground
internal import SQL

/// Somebody who may sign in.
public struct User: Sendable, Hashable, Codable {
    /// `usr_…`
    public var id: String
    /// The e-mail address as it was typed.
    public var email: String
    /// The name as it was typed.
    public var username: String
    /// The salted hash of the password, in the form that `passwordScheme` names.
    public var passwordHash: String
    /// How the hash was made: `bcrypt-sha256`.
    public var passwordScheme: String
    /// What the user may do.
    public var role: UserRole
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// A user.
    public init(
        id: String, email: String, username: String, passwordHash: String, passwordScheme: String,
        role: UserRole = .creator, createdAt: Int64
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.passwordHash = passwordHash
        self.passwordScheme = passwordScheme
        self.role = role
        self.createdAt = createdAt
    }

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        email = try row.text("email")
        username = try row.text("username")
        passwordHash = try row.text("password_hash")
        passwordScheme = try row.text("password_scheme")
        role = try row.named("role")
        createdAt = try row.integer("created_at")
    }
}

/// What a user may do.
public enum UserRole: String, Sendable, Hashable, Codable {
    /// Upload, and change what they own.
    case creator
    /// Everything.
    case admin
}

extension Identifier.Prefix {
    /// `usr_`
    public static let user: Self = "usr_"
}
