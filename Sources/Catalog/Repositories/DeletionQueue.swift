public import SQL

/// Folders of the object store that are to be removed at some time.
///
/// A row stays until its folder is gone, so that no crash leaves objects that nobody knows of.
public enum DeletionQueue {
    /// A folder whose time has come.
    public struct Due: Sendable, Hashable {
        /// The row's name.
        public let id: String
        /// The folder, without a slash at its end.
        public let folder: String
    }

    /// Queues a folder.
    /// - Parameters:
    ///   - round: Tells removals of the same folder at different times apart.
    ///   - time: When it may be removed, in milliseconds since 1970; an earlier time that is queued already stays.
    public static func queue(
        _ folder: String, round: Int = 1, at time: Int64, in connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO removals (id, folder, due_at) VALUES ($1, $2, $3)
            ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at WHERE removals.due_at > excluded.due_at
            """, [.text("\(folder)#\(round)"), .text(folder), .integer(time)])
    }

    /// Whether there is a row whose time has come.
    public static func isDue(at time: Int64, in connection: any SQLConnection) throws -> Bool {
        try !connection.query("SELECT id FROM removals WHERE due_at <= $1 LIMIT 1", [.integer(time)]).isEmpty
    }

    /// Takes one row whose time has come; nobody else gets it before `until`.
    public static func claim(at time: Int64, until: Int64, in connection: any SQLConnection) throws -> Due? {
        // The outer condition is looked at again by one who had to wait for another's commit.
        try connection.query(
            """
            UPDATE removals SET due_at = $2 WHERE due_at <= $1
                AND id = (SELECT id FROM removals WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1)
            RETURNING id, folder
            """, [.integer(time), .integer(until)]
        ).first.map { Due(id: try $0.text("id"), folder: try $0.text("folder")) }
    }

    /// Forgets a row whose folder is gone.
    public static func finish(_ id: String, in connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM removals WHERE id = $1", [.text(id)])
    }

    /// Whether a folder is queued.
    public static func contains(_ folder: String, in connection: any SQLConnection) throws -> Bool {
        try !connection.query("SELECT id FROM removals WHERE folder = $1 LIMIT 1", [.text(folder)]).isEmpty
    }
}
