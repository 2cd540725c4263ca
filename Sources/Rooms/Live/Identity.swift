/// Who is at the other end of a connection.
public struct Identity: Sendable, Hashable {
    /// The account.
    public var userID: String
    /// What it is called.
    public var name: String

    /// Somebody signed in.
    public init(userID: String, name: String) {
        self.userID = userID
        self.name = name
    }
}
