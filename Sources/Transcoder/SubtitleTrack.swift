import AV
import MediaModel
import Packager

/// A decoder in a box of its own, so that several can be kept in a collection.
final class SubtitleWords {
    private var decoder: SubtitleDecoder

    init(demuxer: borrowing Demuxer, stream: Int, decoders: [String]) throws(AVFailure) {
        decoder = try SubtitleDecoder(demuxer: demuxer, stream: stream, allowed: decoders)
    }

    func decode(_ packet: Packet) throws(AVFailure) -> [String] { try decoder.decode(packet) }
}

/// Collects the cues of one subtitle track.
struct SubtitleTrack {
    private let plan: SubtitlePlan
    /// Length of the presentation in milliseconds.
    private let duration: Int64
    /// `nil` where the track cannot be decoded.
    private let words: SubtitleWords?
    private var events: [Event] = []
    private var textByteCount = 0
    /// Whether something could not be kept.
    private(set) var isIncomplete = false

    /// Words and when they are shown, in milliseconds of the presentation.
    private struct Event: Hashable {
        let start: Int64
        /// `nil` until something else is shown.
        let end: Int64?
        let words: String
        /// WebVTT's own settings.
        let settings: String?
    }

    /// How long words are shown where the container does not say, at most.
    private static let usualMilliseconds: Int64 = 5000

    init(plan: SubtitlePlan, duration: Int64, words: SubtitleWords?) {
        self.plan = plan
        self.duration = duration
        self.words = words
    }

    /// Takes the words of a packet.
    mutating func add(_ packet: Packet) throws(AVFailure) {
        guard let words, let time = packet.presentationTime ?? packet.decodingTime else { return }
        let start = plan.outputMilliseconds(ofSource: time)
        let end =
            packet.duration > 0
            ? plan.outputMilliseconds(ofSource: Int64(clamping: Int128(time) + Int128(packet.duration))) : nil
        for text in try words.decode(packet) {
            textByteCount += text.utf8.count
            guard events.count < CaptionLimits.maximumCues, textByteCount <= CaptionLimits.maximumByteCount else {
                isIncomplete = true
                return
            }
            events.append(Event(start: start, end: end, words: text, settings: packet.webVTTSettings))
        }
    }

    /// The cues by time, each once, within the presentation.
    mutating func finish() -> [CaptionCue] {
        let ordered = events.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
        var seen: Set<Event> = []
        var cues: [CaptionCue] = []
        var byteCount = 0
        for (index, event) in ordered.enumerated() {
            // Layers draw the same words several times, for shadows.
            guard seen.insert(event).inserted else { continue }
            let end = event.end ?? min(next(ordered, after: index), event.start + Self.usualMilliseconds)
            guard
                let cue = CaptionCue(
                    start: max(0, event.start), end: min(end, duration), substation: event.words,
                    settings: event.settings)
            else { continue }
            byteCount += cue.text.utf8.count
            guard byteCount <= CaptionLimits.maximumByteCount else {
                isIncomplete = true
                break
            }
            cues.append(cue)
        }
        return cues
    }

    /// When the next words are shown that do not come together with those at `index`.
    private func next(_ events: [Event], after index: Int) -> Int64 {
        events[index...].first { $0.start > events[index].start }?.start ?? .max
    }
}
