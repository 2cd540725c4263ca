public import MediaModel

/// A task that a worker holds, as it was when it was claimed.
public struct ClaimedTask: Sendable, Hashable {
    /// The task's row right after the claim.
    public let record: TaskRecord

    /// `tsk_…`
    public var id: String { record.id }
    /// The job it belongs to.
    public var jobID: String { record.jobID }
    /// The video.
    public var videoID: String { record.videoID }
    /// The generation that is made.
    public var generation: Int { record.generation }
    /// What to do.
    public var item: WorkItem { record.item }
    /// This claim's number; results are stored only while it is the task's newest.
    public var epoch: Int { record.epoch }
    /// Which attempt this is, counted from 1.
    public var attempt: Int { record.attempts }

    init(_ record: TaskRecord) { self.record = record }
}
