public import MediaModel
public import SQL

/// Where a generation is on its way.
public enum GenerationState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing can be watched yet.
    case processing
    /// The first segments exist.
    case playable
    /// All segments exist.
    case ready
    /// It will never be finished.
    case failed
}

extension GenerationState: StoredState {
    /// What can happen to a generation.
    public enum Event: Sendable, Hashable, CaseIterable {
        /// The first segments exist.
        case segmentsAvailable
        /// All segments exist.
        case finished
        /// It is given up.
        case failed
        /// Its job is retried, and nothing of it is served.
        case retried
        /// Its job is retried while it is served.
        case retriedServed
    }

    /// The state after an event; `nil` where the event is refused.
    public func after(_ event: Event) -> GenerationState? {
        switch event {
        case .segmentsAvailable: self == .processing ? .playable : nil
        // Whoever reports these holds the job's lease or acts for an operator, so they hold in every state.
        case .finished: .ready
        case .failed: .failed
        case .retried: .processing
        case .retriedServed: .playable
        }
    }
}

/// One set of a video's objects; reprocessing makes another set beside it and never overwrites one.
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

    /// The columns that ``init(_:)`` reads, in the order of ``values()``.
    static let columns = "video_id, number, state, plan, carries_from, created_at"

    /// The values of ``columns``.
    func values() throws -> [SQLValue] {
        [
            .text(videoID), SQLValue(number), SQLValue(state), try .optionalJSON(plan), SQLValue(carriesFrom),
            .integer(createdAt),
        ]
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
