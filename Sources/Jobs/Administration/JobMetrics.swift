internal import MediaModel
internal import SQL
public import Telemetry

/// The metrics of jobs and tasks.
public struct JobMetrics: Sendable {
    private let tasks: Counter
    private let taskSeconds: Histogram
    private let wait: Histogram
    private let reclaims: Counter
    private let failures: Counter
    private let depth: Gauge
    private let oldest: Gauge
    private let jobs: Gauge
    private let workers: Gauge

    /// Registers the metrics.
    public init(_ metrics: Metrics) {
        let kind = MetricLabel(
            "kind", ["probe", "video", "keep", "audio", "images", "subtitles", "carry", "publish"])
        let lane = MetricLabel("lane", Lane.allCases.map(\.rawValue))
        tasks = metrics.counter(
            "videohost_tasks_total", "Attempts that ended.",
            labels: [kind, MetricLabel("outcome", ["done", "retrying", "dead", "lost", "handed_back"])])
        taskSeconds = metrics.histogram(
            "videohost_task_seconds", "Time from the claim of a task to its end.", buckets: Histogram.longSeconds,
            labels: [kind])
        wait = metrics.histogram(
            "videohost_task_wait_seconds", "Time from a task's entry into its lane to its claim.",
            buckets: Histogram.seconds + [300, 1800], labels: [lane])
        reclaims = metrics.counter("videohost_lease_reclaims_total", "Tasks taken away from silent workers.")
        failures = metrics.counter(
            "videohost_failures_total", "Attempts that failed, by code.",
            labels: [MetricLabel("code", FailureCode.allCases.map(\.rawValue))])
        depth = metrics.gauge("videohost_queue_depth", "Tasks that wait for a worker.", labels: [lane])
        oldest = metrics.gauge("videohost_queue_oldest_seconds", "Age of the oldest task that waits.", labels: [lane])
        jobs = metrics.gauge(
            "videohost_jobs", "Jobs by state.", labels: [MetricLabel("state", JobState.allCases.map(\.rawValue))])
        workers = metrics.gauge("videohost_workers", "Workers that are alive.")
    }

    func claimed(_ task: TaskRecord, at time: Int64) {
        let since = max(task.dispatchedAt ?? time, task.createdAt)
        wait.record(Double(max(0, time - since)) / 1000, task.lane.rawValue)
    }

    func ended(_ task: TaskRecord, _ outcome: String, at time: Int64) {
        tasks.add(1, task.item.kind, outcome)
        if let start = task.startedAt { taskSeconds.record(Double(max(0, time - start)) / 1000, task.item.kind) }
    }

    func failed(_ code: FailureCode) { failures.add(1, code.rawValue) }

    func reclaimed() { reclaims.add() }

    func update(_ census: Census, at time: Int64) {
        for lane in Lane.allCases {
            let waiting = census.waiting[lane]
            depth.set(Double(waiting?.count ?? 0), lane.rawValue)
            oldest.set(waiting.map { Double(max(0, time - $0.oldest)) / 1000 } ?? 0, lane.rawValue)
        }
        for state in JobState.allCases { jobs.set(Double(census.jobs[state] ?? 0), state.rawValue) }
        workers.set(Double(census.workers))
    }
}

/// The values of the gauges at one moment.
struct Census: Sendable, Hashable {
    /// The waiting tasks of a lane.
    struct Waiting: Sendable, Hashable {
        let count: Int
        /// When the oldest was created, in milliseconds since 1970.
        let oldest: Int64
    }

    private(set) var waiting: [Lane: Waiting] = [:]
    private(set) var jobs: [JobState: Int] = [:]
    let workers: Int

    /// Reads the values.
    init(at time: Int64, in connection: any SQLConnection) throws {
        for row in try connection.query(
            """
            SELECT lane, COUNT(*) AS count, MIN(created_at) AS oldest FROM tasks
            WHERE finished_at IS NULL AND state <> \(TaskState.running.sql) GROUP BY lane
            """)
        {
            waiting[try row.named("lane")] = Waiting(count: try row.int("count"), oldest: try row.integer("oldest"))
        }
        for row in try connection.query("SELECT state, COUNT(*) AS count FROM jobs GROUP BY state") {
            jobs[try row.named("state")] = try row.int("count")
        }
        workers = try Pool.workers(in: connection).count { $0.isAlive(at: time) }
    }
}
