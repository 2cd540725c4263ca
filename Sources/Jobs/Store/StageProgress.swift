public import SQL

/// The progress of a job's tasks of one kind.
public struct StageProgress: Sendable, Hashable, Codable {
    /// The kind: ``WorkItem/kind``.
    public var kind: String
    /// The number of tasks.
    public var total: Int
    /// The number of tasks that are done.
    public var done: Int
    /// The finished part of their work, 0…1; video ranges count by their segments.
    public var fraction: Double
    /// The first of dead, running, retrying, queued and cancelled that one of the tasks is in; `done` if none is.
    public var state: TaskState
}

extension JobStore {
    /// The progress of a job by stage, in the order in which the stages were added.
    ///
    /// The database adds up: one row is read for each kind and state, however many tasks there are.
    public static func progress(job: String, in connection: any SQLConnection) throws -> [StageProgress] {
        let rows = try connection.query(
            """
            SELECT kind, state, COUNT(*) AS count, CAST(SUM(weight) AS BIGINT) AS weight,
                SUM(weight * CASE WHEN state = \(TaskState.done.sql) THEN 1.0 ELSE progress END) AS done
            FROM tasks WHERE job_id = $1 GROUP BY kind, state ORDER BY MIN(ordinal)
            """, [.text(job)])
        let parts = try rows.map { row in
            Part(
                kind: try row.text("kind"), state: try row.named("state"), count: try row.int("count"),
                weight: try row.real("weight"), done: try row.real("done"))
        }
        var kinds: [String] = []
        for part in parts where !kinds.contains(part.kind) { kinds.append(part.kind) }
        return kinds.map { kind in StageProgress(kind: kind, parts.filter { $0.kind == kind }) }
    }

    /// The progress of the newest job of a generation; empty if it never had one.
    public static func progress(
        video: String, generation: Int, in connection: any SQLConnection
    ) throws -> [StageProgress] {
        let job = try connection.query(
            "SELECT id FROM jobs WHERE video_id = $1 AND generation = $2 ORDER BY id DESC LIMIT 1",
            [.text(video), SQLValue(generation)]
        ).first?.text("id")
        guard let job else { return [] }
        return try progress(job: job, in: connection)
    }
}

/// The sums over the tasks of one kind that are in one state.
private struct Part {
    let kind: String
    let state: TaskState
    let count: Int
    /// The weight of their work.
    let weight: Double
    /// The weight of their finished work.
    let done: Double
}

extension StageProgress {
    fileprivate init(kind: String, _ parts: [Part]) {
        let weight = parts.reduce(0) { $0 + $1.weight }
        let order: [TaskState] = [.dead, .running, .retrying, .queued, .cancelled]
        self.init(
            kind: kind, total: parts.reduce(0) { $0 + $1.count },
            done: parts.reduce(0) { $0 + ($1.state == .done ? $1.count : 0) },
            fraction: weight > 0 ? parts.reduce(0) { $0 + $1.done } / weight : 0,
            state: order.first { state in parts.contains { $0.state == state } } ?? .done)
    }
}
