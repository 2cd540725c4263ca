import Ingest
import MediaModel
import Transcoder

/// What a media child is told to do: one file of JSON in its scratch folder, and the source on descriptor 3.
struct ChildRequest: Codable, Sendable {
    /// The work itself.
    enum Work: Codable, Sendable {
        /// Look at the source and plan.
        case probe(Planner)
        /// Make a run of segments of some rungs.
        case video(VideoPlan, range: SegmentRange, rungs: [String])
        /// Cut the source's own pictures into a rung's segments from this one on.
        case keep(VideoPlan, rung: String, firstSegment: Int)
        /// Make a rendition from this segment on.
        case audio(AudioPlan, firstSegment: Int)
        /// Make posters and storyboard.
        case images(EncodingPlan)
        /// Read the text subtitles.
        case subtitles(EncodingPlan)

        /// Whether it encodes pictures.
        var isVideo: Bool { if case .video = self { true } else { false } }

        /// The segments that it makes, by track.
        var segments: [String: Range<Int>] {
            switch self {
            case .video(_, let range, let rungs):
                Dictionary(rungs.map { ($0, range.indices) }) { first, _ in first }
            case .keep(let plan, let rung, let first): [rung: first..<max(first, plan.boundaries.count - 1)]
            case .audio(let plan, let first): [plan.name: first..<max(first, plan.boundaries.count - 1)]
            case .probe, .images, .subtitles: [:]
            }
        }

        /// Length of the media that it goes through, in seconds.
        var mediaSeconds: Double {
            switch self {
            case .probe: 0
            case .video(let plan, let range, _):
                Double(plan.boundaries[range.first + range.count] - plan.boundaries[range.first])
                    / Double(plan.timescale)
            case .keep(let plan, _, _): Self.seconds(plan)
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

        /// A name for its scratch folder, unique among works of its kind that have different numbers.
        func name(_ number: Int) -> String { "\(isVideo ? "video" : "other")-\(number)" }
    }

    /// The work.
    var work: Work
    /// Caps.
    var limits: MediaLimits
    /// Threads that a heavy decoder or filter may use.
    var threads: Int
    /// Whether to refuse the work when a layer of the sandbox is missing.
    var requiresSandbox: Bool

    /// The order's name in the scratch folder.
    static let fileName = "order.json"
    /// The source's number in the child.
    static let sourceDescriptor: Int32 = 3
}

/// One line of a media child's standard output.
enum ChildEvent: Codable, Sendable {
    /// The source was accepted.
    case probed(ProbeResult)
    /// The source is refused.
    case rejected(Rejection)
    /// Something was made.
    case event(TranscodeEvent)
    /// The child could not do it and knows why.
    case failed(String)
    /// All was done; a child that ends without this word has failed.
    case done(pictures: Int)
}
