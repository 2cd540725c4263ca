public import MediaModel
public import SQL

/// A task: the unit of work that one worker does at a time and that is retried as a whole.
public struct TaskRecord: Sendable, Hashable, Codable {
    /// `tsk_…`
    public var id: String
    /// The job it belongs to.
    public var jobID: String
    /// The video.
    public var videoID: String
    /// The generation that it makes.
    public var generation: Int
    /// The tenant of the pool whose window it uses: the owner of the video.
    public var tenant: String
    /// Its place in the job, counted from 0; earlier ones are handed out first.
    public var ordinal: Int
    /// What to do.
    public var item: WorkItem
    /// How urgent it is.
    public var lane: Lane
    /// Its state.
    public var state: TaskState
    /// The number of the newest claim; results of older claims are refused.
    public var epoch: Int
    /// Attempts that count: started, and neither handed back nor lost to an outage.
    public var attempts: Int
    /// Attempts after which a failure is final.
    public var maxAttempts: Int
    /// Workers that went silent while they held it.
    public var losses: Int
    /// When a retrying task is due, in milliseconds since 1970.
    public var notBefore: Int64?
    /// When the lease of its worker expires, in milliseconds since 1970.
    public var leaseUntil: Int64?
    /// The worker that holds it, or held it last.
    public var worker: String?
    /// The last stored progress, 0…1.
    public var progress: Double
    /// Why the last attempt failed: a failure code.
    public var errorCode: String?
    /// One sentence about the failure.
    public var errorDetail: String?
    /// How the child process of the last failed attempt ended: its exit code, or the signal's number negated.
    public var exitStatus: Int?
    /// The last lines that the child of the last failed attempt wrote.
    public var logTail: String?
    /// When it was handed to Redis, in milliseconds since 1970; `nil` while its tenant's window is full.
    public var dispatchedAt: Int64?
    /// When it was created, in milliseconds since 1970.
    public var createdAt: Int64
    /// When its latest attempt was started, in milliseconds since 1970.
    public var startedAt: Int64?
    /// When it ended, in milliseconds since 1970.
    public var finishedAt: Int64?

    // The column and the JSON key are called `share`; programs and older workers read them.
    private enum CodingKeys: String, CodingKey {
        case id, jobID, videoID, generation, ordinal, item, lane, state, epoch, attempts, maxAttempts, losses, notBefore
        case leaseUntil, worker, progress, errorCode, errorDetail, exitStatus, logTail, dispatchedAt, createdAt
        case startedAt, finishedAt
        case tenant = "share"
    }

    /// The columns that ``init(_:)`` reads.
    static let columns = """
        id, job_id, video_id, generation, share, ordinal, spec, lane, state, epoch, attempts, max_attempts, losses, \
        not_before, lease_until, worker, progress, error_code, error_detail, exit_status, log_tail, dispatched_at, created_at, \
        started_at, finished_at
        """

    /// Reads a row of the tasks table.
    /// - Throws: ``SQLFailure`` if a column is missing or of another type.
    public init(_ row: SQLRow) throws {
        id = try row.text("id")
        jobID = try row.text("job_id")
        videoID = try row.text("video_id")
        generation = try row.int("generation")
        tenant = try row.text("share")
        ordinal = try row.int("ordinal")
        item = try row.json("spec")
        lane = try row.named("lane")
        state = try row.named("state")
        epoch = try row.int("epoch")
        attempts = try row.int("attempts")
        maxAttempts = try row.int("max_attempts")
        losses = try row.int("losses")
        notBefore = try row.optionalInteger("not_before")
        leaseUntil = try row.optionalInteger("lease_until")
        worker = try row.optionalText("worker")
        progress = try row.real("progress")
        errorCode = try row.optionalText("error_code")
        errorDetail = try row.optionalText("error_detail")
        exitStatus = try row.optionalInt("exit_status")
        logTail = try row.optionalText("log_tail")
        dispatchedAt = try row.optionalInteger("dispatched_at")
        createdAt = try row.integer("created_at")
        startedAt = try row.optionalInteger("started_at")
        finishedAt = try row.optionalInteger("finished_at")
    }
}

/// A task that is to be added to a job.
public struct NewTask: Sendable, Hashable {
    /// What to do.
    public var item: WorkItem
    /// How urgent it is.
    public var lane: Lane
    /// Attempts after which a failure is final.
    public var maxAttempts: Int

    /// A task.
    public init(_ item: WorkItem, lane: Lane = .normal, maxAttempts: Int = 3) {
        self.item = item
        self.lane = lane
        self.maxAttempts = maxAttempts
    }

    /// Its part of the work of its kind: the segments of a video range, 1 for any other task.
    var weight: Int { if case .video(let range, _) = item { range.count } else { 1 } }
}
