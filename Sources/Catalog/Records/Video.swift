public import Ground
public import MediaModel
internal import SQL

/// That an operator has taken a video down.
public struct VideoBlock: Sendable, Hashable, Codable {
    /// Why, for its owner.
    public var reason: String
    /// When, in milliseconds since 1970.
    public var at: Int64
    /// How far the making is; what the video is again once the block is lifted.
    public var making: VideoState

    /// A block.
    public init(reason: String, at: Int64, making: VideoState) {
        self.reason = reason
        self.at = at
        self.making = making
    }
}

/// Who may see a video.
public enum VideoVisibility: String, Sendable, Hashable, Codable {
    /// Everybody.
    case `public`
}

/// What the owner may change of a video.
public struct VideoDetails: Sendable, Hashable {
    /// Its title.
    public var title: String
    /// Its description; may be empty.
    public var description: String

    /// Details.
    public init(title: String, description: String) {
        self.title = title
        self.description = description
    }
}

/// A video as its creator knows it.
public struct Video: Sendable, Hashable, Codable {
    /// `vid_…`; later ones sort after earlier ones.
    public var id: String
    /// The user who made it.
    public var ownerID: String
    /// Its title.
    public var title: String
    /// Its description; may be empty.
    public var description: String
    /// Where it is on its way; `blocked` while there is a ``block``.
    public var state: VideoState
    /// That it was taken down, and why.
    public var block: VideoBlock?
    /// Who may see it.
    public var visibility: VideoVisibility
    /// Why it was rejected.
    public var rejectionCode: RejectionCode?
    /// One sentence about the rejection, for its creator.
    public var rejectionDetail: String?
    /// Why our side failed.
    public var failureCode: FailureCode?
    /// One sentence about the failure.
    public var failureDetail: String?
    /// The generation that is served; `nil` until one is playable.
    public var generation: Int?
    /// Length in milliseconds, once it is known.
    public var durationMilliseconds: Int64?
    /// Things the creator should know about the source, as codes.
    public var notes: [String]
    /// Milliseconds since 1970.
    public var createdAt: Int64
    /// Milliseconds since 1970.
    public var updatedAt: Int64
    /// When it could first be watched, in milliseconds since 1970.
    public var playableAt: Int64?
    /// When everything was first made, in milliseconds since 1970.
    public var readyAt: Int64?

    /// A video without bytes.
    public init(
        id: String, ownerID: String, title: String, description: String = "", state: VideoState = .draft,
        visibility: VideoVisibility = .public, createdAt: Int64
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.description = description
        self.state = state
        self.visibility = visibility
        self.notes = []
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    /// What its owner may change of it.
    public var details: VideoDetails { VideoDetails(title: title, description: description) }

    /// How far the making is, whether the video is blocked or not.
    public var making: VideoState { block?.making ?? state }

    /// The rejection, if it was rejected.
    public var rejection: Rejection? {
        rejectionCode.map { Rejection($0, rejectionDetail ?? "") }
    }

    /// The columns that ``init(_:)`` reads, in the order of ``values()``.
    static let columns = """
        id, owner_id, title, description, state, visibility, rejection_code, rejection_detail, failure_code, \
        failure_detail, generation, duration_ms, notes, created_at, updated_at, playable_at, ready_at, blocked_at, \
        blocked_reason
        """

    /// The values of ``columns``.
    func values() throws -> [SQLValue] {
        [
            .text(id), .text(ownerID), .text(title), .text(description), SQLValue(making), SQLValue(visibility),
            SQLValue(rejectionCode), SQLValue(rejectionDetail), SQLValue(failureCode), SQLValue(failureDetail),
            SQLValue(generation), SQLValue(durationMilliseconds), try .json(notes), .integer(createdAt),
            .integer(updatedAt), SQLValue(playableAt), SQLValue(readyAt), SQLValue(block?.at), SQLValue(block?.reason),
        ]
    }

    init(_ row: SQLRow) throws {
        id = try row.text("id")
        ownerID = try row.text("owner_id")
        title = try row.text("title")
        description = try row.text("description")
        let making: VideoState = try row.named("state")
        block = try row.optionalInteger("blocked_at").map { time in
            VideoBlock(reason: try row.optionalText("blocked_reason") ?? "", at: time, making: making)
        }
        state = block == nil ? making : .blocked
        visibility = try row.named("visibility")
        rejectionCode = try row.optionalNamed("rejection_code")
        rejectionDetail = try row.optionalText("rejection_detail")
        failureCode = try row.optionalNamed("failure_code")
        failureDetail = try row.optionalText("failure_detail")
        generation = try row.optionalInt("generation")
        durationMilliseconds = try row.optionalInteger("duration_ms")
        notes = try row.json("notes")
        createdAt = try row.integer("created_at")
        updatedAt = try row.integer("updated_at")
        playableAt = try row.optionalInteger("playable_at")
        readyAt = try row.optionalInteger("ready_at")
    }
}

extension Identifier.Prefix {
    /// `vid_`
    public static let video: Self = "vid_"
}
