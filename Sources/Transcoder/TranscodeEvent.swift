public import MediaModel

/// An event of a running task. Events are sent in the order in which they happen.
public enum TranscodeEvent: Sendable, Hashable, Codable {
    /// The initialization segment of a track was written to this file of the scratch folder.
    case initialization(track: String, file: String, codec: String?)
    /// A segment of a track was written to this file of the scratch folder.
    case segment(track: String, file: String, record: SegmentRecord)
    /// A poster or storyboard sheet was written to this file of the scratch folder.
    case image(file: String)
    /// The cues of a subtitle track were written to this file of the scratch folder.
    case captions(track: String, file: String)
    /// Progress of the task, 0…1.
    case progress(Double)
    /// A note for the creator: a raw value of `VideoNote`.
    case note(String)

    /// A note for the creator.
    static func note(_ note: VideoNote) -> TranscodeEvent { .note(note.rawValue) }
}

/// Receives events; called from several threads.
public typealias EventSink = @Sendable (TranscodeEvent) -> Void

/// Why a task failed.
public enum TranscodeError: Error, Sendable, CustomStringConvertible {
    /// The plan has no such track or range; a mistake of the caller.
    case notInPlan(String)
    /// Nothing in the source could be decoded.
    case nothingDecoded
    /// The encoder's reordering exceeds the plan's delay.
    case reordering
    /// A segment's boxes differ from the plan.
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
