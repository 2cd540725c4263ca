import AV
import MediaModel
import Packager

/// A subtitle decoder in a class, since a dictionary cannot hold `~Copyable` decoders.
final class SharedSubtitleDecoder {
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
    /// `nil` if the track cannot be decoded.
    private let decoder: SharedSubtitleDecoder?
    private var events: [Event] = []
    private var textByteCount = 0
    /// Whether cues were dropped because of a limit.
    private(set) var isIncomplete = false

    /// A text and its time in milliseconds of the presentation.
    private struct Event: Hashable {
        let start: Int64
        /// `nil` if it ends with the next text.
        let end: Int64?
        let text: String
        /// WebVTT cue settings.
        let settings: String?
    }

    /// Maximum duration of a text without a duration in the container.
    private static let defaultMilliseconds: Int64 = 5000

    init(plan: SubtitlePlan, duration: Int64, decoder: SharedSubtitleDecoder?) {
        self.plan = plan
        self.duration = duration
        self.decoder = decoder
    }

    /// Decodes a packet and adds its texts.
    mutating func add(_ packet: Packet) throws(AVFailure) {
        guard let decoder, let time = packet.presentationTime ?? packet.decodingTime else { return }
        let start = plan.outputMilliseconds(ofSource: time)
        let end =
            packet.duration > 0
            ? plan.outputMilliseconds(ofSource: Int64(clamping: Int128(time) + Int128(packet.duration))) : nil
        for text in try decoder.decode(packet) {
            textByteCount += text.utf8.count
            guard events.count < CaptionLimits.maximumCues, textByteCount <= CaptionLimits.maximumByteCount else {
                isIncomplete = true
                return
            }
            events.append(Event(start: start, end: end, text: text, settings: packet.webVTTSettings))
        }
    }

    /// The cues sorted by time, without duplicates, within the presentation.
    mutating func finish() -> [CaptionCue] {
        let ordered = events.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
        var seen: Set<Event> = []
        var cues: [CaptionCue] = []
        var byteCount = 0
        for (index, event) in ordered.enumerated() {
            // Layers repeat a text to draw shadows.
            guard seen.insert(event).inserted else { continue }
            let end = event.end ?? min(next(ordered, after: index), event.start + Self.defaultMilliseconds)
            guard
                let cue = CaptionCue(
                    start: max(0, event.start), end: min(end, duration), substation: event.text,
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

    /// The start of the next text that starts later than the one at `index`.
    private func next(_ events: [Event], after index: Int) -> Int64 {
        events[index...].first { $0.start > events[index].start }?.start ?? .max
    }
}
