import Ingest
import Jobs
import MediaModel
import Telemetry
import Transcoder

/// What is believed of a media child's replies: it may have been taken over by the file that it reads.
///
/// What this side computes with must be possible, files and tracks must be those of the work, and words for people come
/// without control characters and shortened.
struct ChildWords {
    /// What the child was told to do.
    let work: ChildOrder.Work
    private var notes = 0

    /// Most notes of one piece of work.
    private static let mostNotes = 64
    /// Most characters of a sentence.
    static let sentenceLength = 2000

    /// Judges the replies to a piece of work.
    init(about work: ChildOrder.Work) { self.work = work }

    /// A reply as it may be used.
    /// - Throws: `TaskFailure` if the child cannot have meant it.
    mutating func check(_ reply: ChildReply) throws(TaskFailure) -> ChildReply {
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
        default: break
        }
        return reply
    }

    private mutating func check(_ event: TranscodeEvent) throws(TaskFailure) {
        switch event {
        case .segment(let track, let file, let record):
            guard record.isPlausible else { throw Self.nonsense("measured a segment that cannot be") }
            try check(track, file)
        case .initialization(let track, let file, _), .captions(let track, let file): try check(track, file)
        case .note(let note):
            notes += 1
            guard notes <= Self.mostNotes, Self.isCode(note) else { throw Self.nonsense("noted something odd") }
        default: break
        }
    }

    /// A file of a track lies in that track's folder, and the track is one that was asked for.
    private func check(_ track: String, _ file: String) throws(TaskFailure) {
        let isWanted =
            switch work {
            case .video(_, _, let rungs): rungs.contains(track)
            case .keep(_, let rung, _): rung == track
            case .audio(let plan, _): plan.name == track
            case .subtitles(let plan): plan.subtitles?.contains { $0.name == track } ?? false
            case .probe, .images: false
            }
        guard isWanted, file.hasPrefix("\(track)/") else { throw Self.nonsense("made what nobody asked for") }
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
