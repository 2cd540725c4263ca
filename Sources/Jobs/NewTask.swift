public import MediaModel

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

    /// Its share of its kind's work: segments of a video range, 1 for anything else.
    var weight: Int { if case .video(let range, _) = item { range.count } else { 1 } }
}

/// What follows from a finished task.
public struct FollowUp: Sendable {
    /// Tasks that are added to the job, in the order in which they are to be handed out.
    public var tasks: [NewTask]
    /// Whether the job's other unfinished tasks are pointless now, as after a rejection; they are cancelled.
    public var cancelsRest: Bool

    /// What follows.
    public init(tasks: [NewTask] = [], cancelsRest: Bool = false) {
        self.tasks = tasks
        self.cancelsRest = cancelsRest
    }

    /// Nothing follows; the job is done when all its tasks are.
    public static let nothing = FollowUp()
}
