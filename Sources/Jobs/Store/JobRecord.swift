public import SQL

/// A job: all the work that makes one generation of a video.
public struct JobRecord: Sendable, Hashable, Codable {
    /// `job_…`; later ones sort after earlier ones.
    public var id: String
    /// The video.
    public var videoID: String
    /// The generation that it makes.
    public var generation: Int
    /// The purpose of the job.
    public var kind: JobKind
    /// Its state.
    public var state: JobState
    /// The tenant of the pool whose window its tasks use: the owner of the video.
    public var tenant: String
    /// Why it is dead: a failure code.
    public var errorCode: String?
    /// One sentence about the failure.
    public var errorDetail: String?
    /// When it was created, in milliseconds since 1970.
    public var createdAt: Int64
    /// When its first task was started, in milliseconds since 1970.
    public var startedAt: Int64?
    /// When it ended, in milliseconds since 1970.
    public var finishedAt: Int64?

    // The column and the JSON key are called `share`; programs and older workers read them.
    private enum CodingKeys: String, CodingKey {
        case id, videoID, generation, kind, state, errorCode, errorDetail, createdAt, startedAt, finishedAt
        case tenant = "share"
    }

    /// The columns that ``init(_:)`` reads.
    static let columns = """
        id, video_id, generation, kind, state, share, error_code, error_detail, created_at, started_at, finished_at
        """

    /// Reads a row of the jobs table.
    /// - Throws: ``SQLFailure`` if a column is missing or of another type.
    public init(_ row: SQLRow) throws {
        id = try row.text("id")
        videoID = try row.text("video_id")
        generation = try row.int("generation")
        kind = try row.named("kind")
        state = try row.named("state")
        tenant = try row.text("share")
        errorCode = try row.optionalText("error_code")
        errorDetail = try row.optionalText("error_detail")
        createdAt = try row.integer("created_at")
        startedAt = try row.optionalInteger("started_at")
        finishedAt = try row.optionalInteger("finished_at")
    }
}
