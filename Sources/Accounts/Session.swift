/// A session of a user who is signed in.
public struct Session: Sendable, Hashable, Codable {
    /// Maximum number of sessions of an account; a further one ends the oldest.
    public static let mostOfAccount = 100

    /// The user.
    public var userID: String
    /// When they signed in, in milliseconds since 1970.
    public var createdAt: Int64
    /// When the session ends at the latest, in milliseconds since 1970.
    public var expiresAt: Int64
    /// The address they signed in from.
    public var address: String
    /// The program they signed in with, cut to 256 bytes.
    public var userAgent: String

    /// A session.
    public init(userID: String, createdAt: Int64, expiresAt: Int64, address: String, userAgent: String) {
        self.userID = userID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.address = address
        self.userAgent = userAgent
    }

    private enum CodingKeys: String, CodingKey {
        case userID = "userId"
        case createdAt, expiresAt
        case address = "ip"
        case userAgent = "ua"
    }
}

/// The result of a sign-in.
public struct SignIn: Sendable, Hashable {
    /// The token to send with each request; only its digest is stored.
    public let token: String
    /// When it stops working, in milliseconds since 1970.
    public let expiresAt: Int64
    /// The user.
    public let userID: String
    /// The user's name.
    public let username: String
}
