internal import MediaModel
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

extension JobBook {
    /// How far a job is, a stage an element, in the order in which stages were added.
    public static func progress(job: String, in connection: any SQLConnection) throws -> [StageProgress] {
        stages(of: try tasks(job: job, in: connection))
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

    /// The same from tasks that were read before.
    public static func stages(of tasks: [TaskRecord]) -> [StageProgress] {
        var kinds: [String] = []
        for task in tasks where !kinds.contains(task.item.kind) { kinds.append(task.item.kind) }
        return kinds.map { kind in
            let members = tasks.filter { $0.item.kind == kind }
            let weight = members.reduce(0) { $0 + $1.weight }
            let done = members.reduce(0) { $0 + $1.weight * ($1.state == .done ? 1 : $1.progress) }
            let order: [TaskState] = [.dead, .running, .retrying, .queued, .cancelled]
            return StageProgress(
                kind: kind, total: members.count, done: members.count { $0.state == .done },
                fraction: weight > 0 ? done / weight : 0,
                state: order.first { state in members.contains { $0.state == state } } ?? .done)
        }
    }
}
