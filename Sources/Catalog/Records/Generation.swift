public import MediaModel
internal import SQL

/// Where a generation is on its way.
public enum GenerationState: String, Sendable, Hashable, Codable {
    /// Nothing can be watched yet.
    case processing
    /// The first segments exist.
    case playable
    /// Everything is made.
    case ready
    /// It will never be finished.
    case failed
}

/// One making of a video's objects; a second making goes beside the first and never over it.
public struct Generation: Sendable, Hashable, Codable {
    /// The video.
    public var videoID: String
    /// Counted from 1; part of every object's name.
    public var number: Int
    /// Where it is on its way.
    public var state: GenerationState
    /// What is made; fixed once it is set.
    public var plan: EncodingPlan?
    /// The generation whose tracks are taken over where they are the same; `nil` where everything is made.
    public var carriesFrom: Int?
    /// Milliseconds since 1970.
    public var createdAt: Int64

    /// A generation.
    public init(
        videoID: String, number: Int, state: GenerationState = .processing, plan: EncodingPlan? = nil,
        carriesFrom: Int? = nil, createdAt: Int64
    ) {
        self.videoID = videoID
        self.number = number
        self.state = state
        self.plan = plan
        self.carriesFrom = carriesFrom
        self.createdAt = createdAt
    }

    init(_ row: SQLRow) throws {
        videoID = try row.text("video_id")
        number = try row.int("number")
        state = try row.named("state")
        plan = try row.optionalJSON("plan")
        carriesFrom = try row.optionalInt("carries_from")
        createdAt = try row.integer("created_at")
    }
}
