public import SQL

/// How far the tasks of one kind are.
public struct StageProgress: Sendable, Hashable, Codable {
    /// `probe`, `video`, `audio`, `images`, `publish`.
    public var kind: String
    /// Tasks.
    public var total: Int
    /// Tasks that are done.
    public var done: Int
    /// How much of all their work is done, 0…1; ranges count by their segments.
    public var fraction: Double
    /// The most telling state: dead, running, retrying, queued, cancelled or done.
    public var state: TaskState
}

extension JobStore {
    /// How far a job is, a stage an element, in the order in which stages were added.
    ///
    /// The database adds up; no task is read, however many there are.
    public static func progress(job: String, in connection: any SQLConnection) throws -> [StageProgress] {
        let rows = try connection.query(
            """
            SELECT kind, state, COUNT(*) AS count, CAST(SUM(weight) AS BIGINT) AS weight,
                SUM(weight * CASE WHEN state = 'done' THEN 1.0 ELSE progress END) AS done
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

    /// How far the making of a generation is, by its newest job; empty if it never had one.
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

/// The tasks of one kind that are in one state, added up.
private struct Part {
    let kind: String
    let state: TaskState
    let count: Int
    /// All their work.
    let weight: Double
    /// The part of their work that is done.
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
