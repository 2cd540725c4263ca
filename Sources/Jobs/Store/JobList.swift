public import SQL

/// Which jobs a list has.
public struct JobFilter: Sendable, Hashable {
    /// Only jobs in one of these states; empty means all.
    public var states: Set<JobState>
    /// Only jobs of this video.
    public var videoID: String?
    /// Only jobs before this name: the last one of the previous page.
    public var before: String?
    /// The most jobs that are listed.
    public var limit: Int

    /// All jobs, newest first.
    public init(states: Set<JobState> = [], videoID: String? = nil, before: String? = nil, limit: Int = 50) {
        self.states = states
        self.videoID = videoID
        self.before = before
        self.limit = limit
    }
}

/// A job with the numbers of its tasks by state.
public struct JobSummary: Sendable, Hashable, Codable {
    /// The job.
    public var job: JobRecord
    /// The number of tasks in each state; states without a task are missing.
    public var tasks: [String: Int]
    /// The mean progress of the tasks that exist so far, 0…1.
    public var progress: Double
}

extension JobStore {
    /// Lists jobs with the numbers of their tasks, newest first.
    public static func list(_ filter: JobFilter, in connection: any SQLConnection) throws -> [JobSummary] {
        var arguments: [SQLValue] = [SQLValue(filter.limit)]
        var conditions: [String] = []
        func add(_ value: SQLValue) -> String {
            arguments.append(value)
            return "$\(arguments.count)"
        }
        if !filter.states.isEmpty {
            let names = filter.states.map(\.rawValue).sorted().map { add(.text($0)) }
            conditions.append("state IN (\(names.joined(separator: ", ")))")
        }
        if let video = filter.videoID { conditions.append("video_id = \(add(.text(video)))") }
        if let before = filter.before { conditions.append("id < \(add(.text(before)))") }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let chosen = "SELECT \(JobRecord.columns) FROM jobs \(condition) ORDER BY id DESC LIMIT $1"
        let jobs = try connection.query(chosen, arguments).map(JobRecord.init)
        let counts = try connection.query(
            """
            SELECT job_id, state, COUNT(*) AS count, SUM(progress) AS progress FROM tasks
            WHERE job_id IN (SELECT id FROM (\(chosen)) chosen) GROUP BY job_id, state
            """, arguments)
        var tasks: [String: [String: Int]] = [:]
        var progress: [String: Double] = [:]
        for row in counts {
            let job = try row.text("job_id")
            tasks[job, default: [:]][try row.text("state")] = try row.int("count")
            progress[job, default: 0] += try row.real("progress")
        }
        return jobs.map { job in
            let total = (tasks[job.id] ?? [:]).values.reduce(0, +)
            return JobSummary(
                job: job, tasks: tasks[job.id] ?? [:], progress: (progress[job.id] ?? 0) / Double(max(total, 1)))
        }
    }
}
