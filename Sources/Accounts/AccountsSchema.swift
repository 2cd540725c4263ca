/// The tables of this module: users and the skeletons of their names.
public enum AccountsSchema {
    /// This module's statements of each migration, by its version; `Schema` has the names.
    public static let migrations: [Int: [String]] = [
        1: users,
        10: nameSkeletons,
    ]

    /// Who may sign in. The `_ci` columns hold the folded form that is compared.
    private static let users = [
        """
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY,
            email TEXT NOT NULL,
            email_ci TEXT NOT NULL UNIQUE,
            username TEXT NOT NULL,
            username_ci TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            password_scheme TEXT NOT NULL,
            role TEXT NOT NULL,
            created_at BIGINT NOT NULL)
        """
    ]

    /// The skeletons of users' names (`NameSkeleton`): a guest may not have a name with the skeleton of a user's, and no
    /// two users may have the same account skeleton. Of users that were registered before, the first one has it.
    ///
    /// Names are in ASCII, so a few replacements yield their skeletons.
    private static let nameSkeletons = [
        """
        CREATE TABLE name_skeletons (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            skeleton TEXT NOT NULL,
            account_skeleton TEXT UNIQUE)
        """,
        """
        INSERT INTO name_skeletons (user_id, skeleton) SELECT id, \(asciiSkeleton("username_ci")) FROM users
        """,
        """
        UPDATE name_skeletons
        SET account_skeleton = (SELECT \(accountSkeleton("username")) FROM users WHERE users.id = user_id)
        WHERE user_id IN (SELECT MIN(id) FROM users GROUP BY \(accountSkeleton("username")))
        """,
        "CREATE INDEX name_skeletons_by_skeleton ON name_skeletons (skeleton, user_id)",
    ]

    /// `NameSkeleton.ofAccount` of a name in ASCII, as an expression.
    static func accountSkeleton(_ column: String) -> String {
        "REPLACE(LOWER(REPLACE(REPLACE(\(column), 'I', '1'), 'l', '1')), 'o', '0')"
    }

    /// The skeleton of a name in lower-case ASCII letters, digits, `_`, `-` and `.`, as an expression.
    static func asciiSkeleton(_ column: String) -> String {
        [("0", "o"), ("1", "l"), ("i", "l"), ("m", "rn"), ("w", "vv")].reduce(column) { expression, pair in
            "REPLACE(\(expression), '\(pair.0)', '\(pair.1)')"
        }
    }
}
