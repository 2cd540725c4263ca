import Ingest
import Jobs
import MediaModel
import Packager
import Telemetry
import Transcoder

/// What is believed of a media child's replies: it may have been taken over by the file that it reads.
///
/// What this side computes with must be possible, files and tracks must be those of the work, and words for people come
/// without control characters and shortened.
struct ChildEventValidator {
    /// What the child was told to do.
    let work: ChildRequest.Work
    /// Segments that have not come yet, by track; they come in their order.
    private var missing: [String: Range<Int>]
    /// Tracks whose captions have come.
    private var captions: Set<String> = []
    private var posters = 0
    private var sheets = 0
    private var notes = 0

    /// Most notes of one piece of work.
    private static let mostNotes = 64
    /// Most characters of a sentence.
    static let sentenceLength = 2000

    /// Judges the replies to a piece of work.
    init(about work: ChildRequest.Work) {
        self.work = work
        missing = work.segments
    }

    /// A reply as it may be used.
    /// - Throws: `TaskFailure` if the child cannot have meant it.
    mutating func check(_ reply: ChildEvent) throws(TaskFailure) -> ChildEvent {
        switch reply {
        case .probed(let result):
            if let fault = result.plan.fault { throw Self.nonsense("made a plan that cannot be: \(fault)") }
            guard result.facts.notes.allSatisfy(Self.isCode) else { throw Self.nonsense("noted something odd") }
            guard (0...1 << 53).contains(result.facts.durationMilliseconds) else {
                throw Self.nonsense("found an odd length")
            }
        case .rejected(let rejection):
            return .rejected(Rejection(rejection.code, PlainText.sentence(rejection.detail, Self.sentenceLength)))
        case .failed(let reason): return .failed(PlainText.sentence(reason, Self.sentenceLength))
        case .event(let event): try check(event)
        case .done:
            // A range that lacks a segment must never be published.
            if let track = missing.filter({ !$0.value.isEmpty }).keys.min() {
                throw TaskFailure(.mediaError, "segments of \(track) are missing", isRetryable: true)
            }
        }
        return reply
    }

    private mutating func check(_ event: TranscodeEvent) throws(TaskFailure) {
        switch event {
        case .segment(let track, let file, let record):
            guard record.isPlausible else { throw Self.nonsense("measured a segment that cannot be") }
            guard let rest = missing[track], rest.first == record.index,
                file == ObjectKey.segment(track: track, index: record.index)
            else { throw Self.nonsense("made what nobody asked for") }
            missing[track] = rest.dropFirst()
        case .initialization(let track, let file, _):
            guard missing[track] != nil, file == ObjectKey.initialization(track: track) else {
                throw Self.nonsense("made what nobody asked for")
            }
        case .captions(let track, let file):
            guard case .subtitles(let plan) = work, plan.subtitles?.contains(where: { $0.name == track }) ?? false,
                file.hasPrefix("\(track)/"), captions.insert(track).inserted
            else { throw Self.nonsense("made what nobody asked for") }
        case .image(let file):
            guard case .images(let plan) = work, isNext(file, plan.images) else {
                throw Self.nonsense("made what nobody asked for")
            }
        case .note(let note):
            notes += 1
            guard notes <= Self.mostNotes, Self.isCode(note) else { throw Self.nonsense("noted something odd") }
        case .progress: break
        }
    }

    /// Whether a still is the next poster or the next sheet of the storyboard.
    private mutating func isNext(_ file: String, _ plan: ImagePlan) -> Bool {
        let wanted = if case .frames(let times) = plan.posters { times.count } else { 1 }
        if posters < wanted, file == "poster-\(posters + 1).jpg" {
            posters += 1
        } else if sheets < plan.storyboard?.sheetCount ?? 0, file == StoryboardTrack.sheetName(sheets) {
            sheets += 1
        } else {
            return false
        }
        return true
    }

    /// Codes are words of small letters.
    private static func isCode(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    private static func nonsense(_ what: String) -> TaskFailure {
        TaskFailure(.mediaError, "the media child \(what)", isRetryable: true)
    }
}
