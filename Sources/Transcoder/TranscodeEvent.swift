public import MediaModel

/// What a running task has to say, in the order in which it happens.
public enum TranscodeEvent: Sendable, Hashable, Codable {
    /// The initialization segment of a track was written to this file of the scratch folder.
    case initialization(track: String, file: String, codec: String?)
    /// A segment of a track was written to this file of the scratch folder.
    case segment(track: String, file: String, record: SegmentRecord)
    /// A still was written to this file of the scratch folder.
    case image(file: String)
    /// The cues of a subtitle track were written to this file of the scratch folder.
    case captions(track: String, file: String)
    /// How far the task is, 0…1.
    case progress(Double)
    /// Something the creator should know, as a code: `damaged_frames`, …
    case note(String)
}

/// Where events go; called from several threads.
public typealias EventSink = @Sendable (TranscodeEvent) -> Void

/// A task that could not be done.
public enum TranscodeError: Error, Sendable, CustomStringConvertible {
    /// The plan has no such track or range: the caller's mistake.
    case notInPlan(String)
    /// Nothing in the source could be decoded.
    case nothingDecoded
    /// The encoder's order of frames does not fit the plan's delay.
    case reordering
    /// A segment's boxes do not say what the plan promised.
    case segmentMismatch(String)
    /// A file could not be written.
    case scratch(String)

    /// One line for logs.
    public var description: String {
        switch self {
        case .notInPlan(let name): "the plan has no \(name)"
        case .nothingDecoded: "not one frame could be decoded"
        case .reordering: "the encoder reorders frames further than planned"
        case .segmentMismatch(let detail): "a segment differs from its plan: \(detail)"
        case .scratch(let detail): "cannot write to the scratch folder: \(detail)"
        }
    }
}
