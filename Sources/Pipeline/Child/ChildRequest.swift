import Ingest
import MediaModel
import Transcoder

/// The request to a media child: a JSON file in its scratch folder; the source is open on descriptor 3.
struct ChildRequest: Codable, Sendable {
    /// A piece of media work.
    enum Work: Codable, Sendable {
        /// Examine the bytes that have arrived of a file that will have so many, if that is known.
        case head(announced: Int64?)
        /// Probe the source and plan its encoding.
        case probe(Planner)
        /// Encode a range of segments of some rungs.
        case video(VideoPlan, range: SegmentRange, rungs: [String])
        /// Cut the source's own video into segments of a rung.
        case passthrough(VideoPlan, rung: String, range: SegmentRange)
        /// Make segments of an audio rendition.
        case audio(AudioPlan, range: SegmentRange)
        /// Make the posters and the storyboard.
        case images(EncodingPlan)
        /// Read the text subtitles.
        case subtitles(EncodingPlan)

        /// Whether it encodes video.
        var isVideo: Bool { if case .video = self { true } else { false } }

        /// Whether its segments hold video frames.
        var makesFrames: Bool {
            switch self {
            case .video, .passthrough: true
            case .head, .probe, .audio, .images, .subtitles: false
            }
        }

        /// Ticks per second of its segments; 1 if it makes none.
        var timescale: Int64 {
            switch self {
            case .video(let plan, _, _), .passthrough(let plan, _, _): plan.timescale
            case .audio(let plan, _): Int64(plan.sampleRate)
            case .head, .probe, .images, .subtitles: 1
            }
        }

        /// The segments that it makes, for each track.
        var segments: [String: Range<Int>] {
            switch self {
            case .video(_, let range, let rungs):
                Dictionary(rungs.map { ($0, range.indices) }) { first, _ in first }
            case .passthrough(_, let rung, let range): [rung: range.indices]
            case .audio(let plan, let range): [plan.name: range.indices]
            case .head, .probe, .images, .subtitles: [:]
            }
        }

        /// The length of the media that it reads, in seconds.
        var mediaSeconds: Double {
            switch self {
            case .head, .probe: 0
            case .video(let plan, let range, _):
                Double(plan.boundaries[range.first + range.count] - plan.boundaries[range.first])
                    / Double(plan.timescale)
            case .passthrough(let plan, _, _): Self.seconds(plan)
            case .audio(let plan, _): Self.seconds(plan)
            case .images(let plan), .subtitles(let plan):
                plan.video.map(Self.seconds) ?? plan.audio.first.map(Self.seconds) ?? 0
            }
        }

        private static func seconds(_ plan: VideoPlan) -> Double {
            Double(plan.boundaries.last ?? 0) / Double(plan.timescale)
        }

        private static func seconds(_ plan: AudioPlan) -> Double {
            Double(plan.sampleCount) / Double(plan.sampleRate)
        }

        /// A name for its scratch folder; unique if the number is unique among the works of its kind.
        func name(_ number: Int) -> String { "\(isVideo ? "video" : "other")-\(number)" }
    }

    /// The work.
    let work: Work
    /// The limits on sources.
    let limits: MediaLimits
    /// How many threads a decoder or filter uses.
    let threads: Int
    /// Whether the child fails when a layer of the sandbox is missing.
    let requiresSandbox: Bool

    /// The name of the request's file in the scratch folder.
    static let fileName = "request.json"
    /// The descriptor of the source in the child.
    static let sourceDescriptor: Int32 = 3
}

/// An event of a media child: one line of JSON on its standard output.
enum ChildEvent: Codable, Sendable {
    /// The source was accepted.
    case probed(ProbeResult)
    /// The source is rejected.
    case rejected(Rejection)
    /// The work has got on: a file, progress, or a note.
    case event(TranscodeEvent)
    /// The child failed, with the reason.
    case failed(String)
    /// The work is complete; a child that exits without this event has failed.
    case done(frames: Int)
}
