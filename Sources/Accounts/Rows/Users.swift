internal import Ground
public import SQL

/// The queries of the `users` table.
public enum Users {
    private static let columns = "id, email, username, password_hash, password_scheme, role, created_at"

    /// Stores a new user.
    /// - Throws: ``AccountsError/emailTaken`` or ``AccountsError/usernameTaken``, decided by the database, so that of
    ///   two concurrent registrations only one succeeds. A name that looks like another user's is taken too.
    public static func insert(_ user: User, in connection: any SQLConnection) throws {
        // Not caught as a failed constraint, which would end the caller's transaction on PostgreSQL.
        let rows = try connection.query(
            """
            INSERT INTO users (id, email, email_ci, username, username_ci, password_hash, password_scheme, role, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id
            """,
            [
                .text(user.id), .text(user.email), .text(folded(user.email)), .text(user.username),
                .text(folded(user.username)), .text(user.passwordHash), .text(user.passwordScheme), SQLValue(user.role),
                .integer(user.createdAt),
            ])
        guard !rows.isEmpty else {
            if try find(email: user.email, in: connection) != nil { throw AccountsError.emailTaken }
            throw AccountsError.usernameTaken
        }
        let skeletons = try connection.query(
            """
            INSERT INTO name_skeletons (user_id, skeleton, account_skeleton) VALUES ($1, $2, $3)
            ON CONFLICT DO NOTHING RETURNING user_id
            """,
            [
                .text(user.id), .text(NameSkeleton.of(user.username)), .text(NameSkeleton.ofAccount(user.username)),
            ])
        if skeletons.isEmpty { throw AccountsError.usernameTaken }
    }

    /// The user whose name could be confused with the name of a new account, letter by letter.
    public static func find(confusableWith username: String, in connection: any SQLConnection) throws -> User? {
        if let user = try find(username: username, in: connection) { return user }
        let row = try connection.query(
            "SELECT user_id FROM name_skeletons WHERE account_skeleton = $1",
            [.text(NameSkeleton.ofAccount(username))]
        ).first
        return try row.flatMap { try find(id: $0.text("user_id"), in: connection) }
    }

    /// The user whose name looks like a guest's name to people; see `NameSkeleton`. Of several, the one who registered first.
    public static func find(lookingLike name: String, in connection: any SQLConnection) throws -> User? {
        let skeleton = NameSkeleton.of(name)
        guard !skeleton.isEmpty else { return nil }
        let row = try connection.query(
            "SELECT user_id FROM name_skeletons WHERE skeleton = $1 ORDER BY user_id LIMIT 1", [.text(skeleton)]
        ).first
        return try row.flatMap { try find(id: $0.text("user_id"), in: connection) }
    }

    /// Locks a user's row until the commit, so that counts of the user's rows stay valid until more rows are written.
    ///
    /// It is locked before rows of videos, uploads or rooms.
    public static func lock(id: String, in connection: any SQLConnection) throws {
        try connection.execute("UPDATE users SET role = role WHERE id = $1", [.text(id)])
    }

    /// The user with an identifier.
    public static func find(id: String, in connection: any SQLConnection) throws -> User? {
        try connection.query("SELECT \(columns) FROM users WHERE id = $1", [.text(id)]).first.map(User.init)
    }

    /// The users with these identifiers, in no order; those that do not exist are left out.
    public static func find(ids: some Collection<String>, in connection: any SQLConnection) throws -> [User] {
        guard !ids.isEmpty else { return [] }
        let places = (1...ids.count).map { "$\($0)" }.joined(separator: ", ")
        return try connection.query("SELECT \(columns) FROM users WHERE id IN (\(places))", ids.map { .text($0) })
            .map(User.init)
    }

    /// The user with an address, upper and lower case alike.
    public static func find(email: String, in connection: any SQLConnection) throws -> User? {
        try connection.query("SELECT \(columns) FROM users WHERE email_ci = $1", [.text(folded(email))])
            .first.map(User.init)
    }

    /// The user with a name, upper and lower case alike.
    public static func find(username: String, in connection: any SQLConnection) throws -> User? {
        try connection.query("SELECT \(columns) FROM users WHERE username_ci = $1", [.text(folded(username))])
            .first.map(User.init)
    }

    /// Replaces a user's password hash.
    /// - Returns: Whether there is such a user.
    @discardableResult
    public static func setPassword(
        _ id: String, hash: String, scheme: String, in connection: any SQLConnection
    ) throws -> Bool {
        try connection.execute(
            "UPDATE users SET password_hash = $2, password_scheme = $3 WHERE id = $1",
            [.text(id), .text(hash), .text(scheme)]) == 1
    }

    /// The form in which addresses and names are compared: by scalar, independent of the engine's collation.
    private static func folded(_ text: String) -> String {
        text.lowercased()
    }
}
