import AV
public import MediaModel
import Packager

/// Converts the text subtitles of a source to WebVTT files in one pass. Blocks.
///
/// Leaves out a track that cannot be read and sends a note, so that subtitles do not fail the video.
public struct SubtitleTask: Sendable {
    /// The plan, which has the tracks.
    public let plan: EncodingPlan
    /// FFmpeg's names of the decoders that may be used.
    public let decoders: [String]

    /// A task.
    public init(plan: EncodingPlan, decoders: [String]) {
        self.plan = plan
        self.decoders = decoders
    }

    /// The file of a track in the scratch folder.
    static func file(track: String) -> String { "\(track)/captions.vtt" }

    /// Runs the task.
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
                plan: track, duration: duration, decoder: try decoder(of: track, in: demuxer, sink))
        }
        // Progress follows the packets of another stream, since subtitles are rare.
        let clock = plan.audio.first?.streamIndex ?? plan.video?.streamIndex
        demuxer.select(Set(tracks.keys).union([clock].compactMap(\.self)))
        for track in plan.subtitles ?? [] {
            if let shifts = track.timestampShifts { demuxer.correct(track.streamIndex, by: shifts) }
        }
        let packet = try Packet()
        var reported = 0.0
        while demuxer.read(into: packet) {
            try tracks[packet.streamIndex]?.add(packet)
            guard packet.streamIndex == clock else { continue }
            let fraction = progress(packet)
            if fraction - reported >= 0.01 {
                reported = fraction
                sink(.progress(fraction))
            }
        }
        for track in plan.subtitles ?? [] {
            guard var read = tracks[track.streamIndex] else { continue }
            let cues = read.finish()
            if read.isIncomplete { sink(.note(.subtitlesIncomplete)) }
            guard !cues.isEmpty else { continue }
            let file = Self.file(track: track.name)
            try scratch.write(Array(WebVTTWriter.text(cues).utf8), to: file)
            sink(.captions(track: track.name, file: file))
        }
    }

    private func decoder(
        of track: SubtitlePlan, in demuxer: borrowing Demuxer, _ sink: EventSink
    ) throws -> SharedSubtitleDecoder? {
        do {
            return try SharedSubtitleDecoder(demuxer: demuxer, stream: track.streamIndex, decoders: decoders)
        } catch {
            if error.kind == .outOfMemory { throw error }
            sink(.note(.subtitlesIncomplete))
            return nil
        }
    }

    /// The position of a packet in the presentation, 0…1.
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
