internal import MediaModel
public import SQL

extension JobStore {
    /// Tasks that have failed for good, the latest death first.
    public static func deadTasks(limit: Int, in connection: any SQLConnection) throws -> [TaskRecord] {
        try connection.query(
            """
            SELECT \(TaskRecord.columns) FROM tasks WHERE state = 'dead' ORDER BY finished_at DESC, id DESC LIMIT $1
            """, [SQLValue(limit)]
        ).map(TaskRecord.init)
    }

    /// How many jobs ended before a time.
    public static func countEnded(before time: Int64, in connection: any SQLConnection) throws -> Int {
        try connection.query(
            """
            SELECT COUNT(*) AS count FROM jobs
            WHERE state IN ('done', 'dead', 'cancelled') AND finished_at IS NOT NULL AND finished_at < $1
            """, [.integer(time)]
        ).first?.int("count") ?? 0
    }

    /// Forgets jobs that ended before a time, with their tasks; never one that is not finished.
    /// - Returns: How many; less than `limit` when there are no more.
    public static func removeEnded(before time: Int64, limit: Int, in connection: any SQLConnection) throws -> Int {
        try connection.execute(
            """
            DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
                WHERE state IN ('done', 'dead', 'cancelled') AND finished_at IS NOT NULL AND finished_at < $1 LIMIT $2)
            """, [.integer(time), SQLValue(limit)])
    }
}
