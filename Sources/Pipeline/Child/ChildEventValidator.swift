import Ingest
import Jobs
import MediaModel
import Packager
import Telemetry
import Transcoder

/// Checks the events of a media child, which the file that it reads can have taken over.
///
/// Numbers must be possible, files and tracks must be those of the work, and texts for people lose control characters and
/// are shortened.
struct ChildEventValidator {
    /// The work that the child was asked for.
    private let work: ChildRequest.Work
    /// The segments that have not come yet, for each track; they come in order.
    private var missing: [String: Range<Int>]
    /// The tracks whose captions have come.
    private var captions: Set<String> = []
    private var posters = 0
    private var hasSmallPoster = false
    private var sheets = 0
    private var notes = 0

    /// The most notes of one piece of work.
    private static let mostNotes = 64
    /// The most characters of a sentence.
    private static let sentenceLength = 2000

    /// A validator for the events of one piece of work.
    init(for work: ChildRequest.Work) {
        self.work = work
        missing = work.segments
    }

    /// Checks one event.
    /// - Returns: The event with its texts cleaned.
    /// - Throws: `TaskFailure` if an honest child cannot have sent it.
    mutating func check(_ event: ChildEvent) throws(TaskFailure) -> ChildEvent {
        switch event {
        case .probed(let result):
            if let fault = result.plan.fault { throw Self.impossible("sent an impossible plan: \(fault)") }
            guard result.facts.notes.allSatisfy(Self.isCode) else { throw Self.impossible("sent a malformed note") }
            guard (0...1 << 53).contains(result.facts.durationMilliseconds) else {
                throw Self.impossible("found an impossible length")
            }
        case .rejected(let rejection):
            return .rejected(Rejection(rejection.code, PlainText.sentence(rejection.detail, Self.sentenceLength)))
        case .failed(let reason): return .failed(PlainText.sentence(reason, Self.sentenceLength))
        case .event(.segment(let track, let file, let record)):
            guard record.isPlausible else { throw Self.impossible("sent impossible measures of a segment") }
            guard let rest = missing[track], rest.first == record.index,
                file == ObjectKey.segment(track: track, index: record.index)
            else { throw Self.notAskedFor }
            missing[track] = rest.dropFirst()
        case .event(.initialization(let track, let file, _)):
            guard missing[track] != nil, file == ObjectKey.initialization(track: track) else { throw Self.notAskedFor }
        case .event(.captions(let track, let file)):
            guard case .subtitles(let plan) = work, plan.subtitles?.contains(where: { $0.name == track }) ?? false,
                file.hasPrefix("\(track)/"), captions.insert(track).inserted
            else { throw Self.notAskedFor }
        case .event(.image(let file)):
            guard case .images(let plan) = work, isNext(file, plan.images) else { throw Self.notAskedFor }
        case .event(.note(let note)):
            notes += 1
            guard notes <= Self.mostNotes, Self.isCode(note) else { throw Self.impossible("sent a malformed note") }
        case .event(.progress): break
        case .done:
            // A range that lacks a segment must never be recorded.
            if let track = missing.filter({ !$0.value.isEmpty }).keys.min() {
                throw TaskFailure(.mediaError, "segments of \(track) are missing", isRetryable: true)
            }
        }
        return event
    }

    /// Whether an image is the next poster, the small copy of the first one or the next sheet of the storyboard.
    private mutating func isNext(_ file: String, _ plan: ImagePlan) -> Bool {
        let wanted = if case .frames(let times) = plan.posters { times.count } else { 1 }
        if posters < wanted, file == "poster-\(posters + 1).jpg" {
            posters += 1
        } else if posters > 0, !hasSmallPoster, plan.smallPosterWidth != nil, file == ImagePlan.smallPosterName {
            hasSmallPoster = true
        } else if sheets < plan.storyboard?.sheetCount ?? 0, file == StoryboardTrack.sheetName(sheets) {
            sheets += 1
        } else {
            return false
        }
        return true
    }

    /// Whether a text is a code: lower-case letters, digits and underscores.
    private static func isCode(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    private static var notAskedFor: TaskFailure { impossible("sent a file that was not asked for") }

    private static func impossible(_ what: String) -> TaskFailure {
        TaskFailure(.mediaError, "the media child \(what)", isRetryable: true)
    }
}
