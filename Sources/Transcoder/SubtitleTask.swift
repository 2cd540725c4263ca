import AV
public import MediaModel
import Packager

/// Reads the text subtitles of a source into files of WebVTT, in one pass. Blocks.
///
/// A track that cannot be read is left out with a note: nobody loses a video over its subtitles.
public struct SubtitleTask: Sendable {
    /// The plan that names the tracks.
    public let plan: EncodingPlan
    /// FFmpeg's names of the decoders that may be used.
    public let decoders: [String]

    /// A task.
    public init(plan: EncodingPlan, decoders: [String]) {
        self.plan = plan
        self.decoders = decoders
    }

    /// What the creator is told where a part of the subtitles is missing.
    public static let incompleteNote = "subtitles_incomplete"

    /// The file of a track, inside the scratch folder.
    static func file(track: String) -> String { "\(track)/captions.vtt" }

    /// Does it.
    /// - Throws: ``TranscodeError`` or `AVFailure`.
    public func run(_ source: SourceAccess, scratch: Scratch, sink: @escaping EventSink) throws {
        let duration = MediaTime.rescale(
            plan.duration.numerator, from: Rational(1, plan.duration.denominator), to: Rational(1, 1000), .up)
        var demuxer = try Demuxer(
            descriptor: source.descriptor, format: source.demuxer, codecs: source.codecs + decoders,
            maximumStreams: source.limits.maximumStreams)
        var tracks: [Int: SubtitleTrack] = [:]
        for track in plan.subtitles ?? [] {
            tracks[track.streamIndex] = SubtitleTrack(
                plan: track, duration: duration, words: try words(of: track, in: demuxer, sink))
        }
        // Subtitles are rare: the sound's packets show that reading goes on.
        let pulse = plan.audio.first?.streamIndex ?? plan.video?.streamIndex
        demuxer.select(Set(tracks.keys).union([pulse].compactMap(\.self)))
        for track in plan.subtitles ?? [] {
            if let shifts = track.timestampShifts { demuxer.correct(track.streamIndex, by: shifts) }
        }
        let packet = try Packet()
        var reported = 0.0
        while demuxer.read(into: packet) {
            try tracks[packet.streamIndex]?.add(packet)
            guard packet.streamIndex == pulse else { continue }
            let fraction = progress(packet)
            if fraction - reported >= 0.01 {
                reported = fraction
                sink(.progress(fraction))
            }
        }
        for track in plan.subtitles ?? [] {
            guard var read = tracks[track.streamIndex] else { continue }
            let cues = read.finish()
            if read.isIncomplete { sink(.note(Self.incompleteNote)) }
            guard !cues.isEmpty else { continue }
            let file = Self.file(track: track.name)
            try scratch.write(Array(WebVTTWriter.text(cues).utf8), to: file)
            sink(.captions(track: track.name, file: file))
        }
    }

    private func words(
        of track: SubtitlePlan, in demuxer: borrowing Demuxer, _ sink: EventSink
    ) throws -> SubtitleWords? {
        do {
            return try SubtitleWords(demuxer: demuxer, stream: track.streamIndex, decoders: decoders)
        } catch {
            if error.kind == .outOfMemory { throw error }
            sink(.note(Self.incompleteNote))
            return nil
        }
    }

    /// How far into the presentation a packet of the pulse is.
    private func progress(_ packet: Packet) -> Double {
        let (time, origin, base) =
            if let audio = plan.audio.first {
                (packet.presentationTime, audio.origin, audio.sourceTimeBase)
            } else {
                (packet.presentationTime, plan.video?.origin ?? 0, plan.video?.sourceTimeBase ?? Rational(1))
            }
        guard let time, plan.duration > Rational(0) else { return 0 }
        return min(1, Double(time - origin) * base.doubleValue / plan.duration.doubleValue)
    }
}
