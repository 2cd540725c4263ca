import AV
import MediaModel

/// Which streams of a container become the presentation.
struct StreamChoice {
    /// The moving pictures, if any.
    let video: StreamFacts?
    /// The sound, if any.
    let audio: StreamFacts?
    /// Sound that can be chosen instead of it, in the container's order.
    let furtherAudio: [StreamFacts]
    /// Cover art, for a source without moving pictures.
    let cover: Int?
    /// Text subtitles, in the file's order.
    let subtitles: [StreamFacts]
    /// What was left aside, as notes for the creator.
    let notes: [String]

    /// The note that says that video or audio tracks were left aside.
    static let ignoredNote = "extra_tracks_ignored"

    /// Most audio tracks of a presentation.
    static let maximumAudio = 8

    /// Takes what FFmpeg would play by default, unless that is a still or of a codec that is not allowed.
    /// - Parameter decodable: Streams whose decoder opens; of the further audio only those are taken.
    /// - Throws: `Rejection` with `noMediaStream` or `unsupportedCodec`.
    init(streams: [StreamFacts], bestVideo: Int?, bestAudio: Int?, decodable: Set<Int>) throws(Rejection) {
        func candidates(_ kind: StreamFacts.Kind) -> [StreamFacts] {
            streams.filter {
                $0.kind == kind && !$0.isAttachedPicture && AllowedCodecs.contains(codec: $0.codec)
                    && $0.dolbyVision?.isNeeded != true
                    && (kind != .audio || ($0.sampleRate > 0 && $0.channels > 0))
            }
        }
        func choose(_ kind: StreamFacts.Kind, _ best: Int?) -> StreamFacts? {
            let candidates = candidates(kind)
            return candidates.first { $0.index == best }
                ?? candidates.max { ($0.isDefault ? 1 : 0, $0.width) < ($1.isDefault ? 1 : 0, $1.width) }
        }
        let chosenVideo = choose(.video, bestVideo)
        let chosenAudio = choose(.audio, bestAudio)
        // A film that would come out as sound alone is no film; the sound's own cover is no loss.
        if chosenVideo == nil, let film = streams.first(where: { $0.kind == .video && !$0.isAttachedPicture }) {
            throw Self.refusal(of: film)
        }
        guard chosenVideo != nil || chosenAudio != nil else {
            if let other = streams.first(where: { ($0.kind == .video && !$0.isAttachedPicture) || $0.kind == .audio }) {
                throw Rejection(.unsupportedCodec, "The file's \(other.codec) stream cannot be read here.")
            }
            throw Rejection(.noMediaStream, "The file has neither a video nor an audio stream.")
        }
        video = chosenVideo
        audio = chosenAudio
        let others = candidates(.audio).filter { $0.index != chosenAudio?.index && decodable.contains($0.index) }
        furtherAudio = Array(others.prefix(Self.maximumAudio - 1))
        cover = chosenVideo == nil ? streams.first { $0.kind == .video && $0.isAttachedPicture }?.index : nil
        var notes: [String] = []
        let media = streams.filter { ($0.kind == .video || $0.kind == .audio) && !$0.isAttachedPicture }
        if media.count > [chosenVideo, chosenAudio].compactMap(\.self).count + furtherAudio.count {
            notes.append(Self.ignoredNote)
        }
        subtitles = TextSubtitles.chosen(from: streams)
        if streams.filter({ $0.kind == .subtitle }).count > subtitles.count { notes.append("subtitles_ignored") }
        self.notes = notes
    }

    /// Why moving pictures cannot be shown.
    private static func refusal(of film: StreamFacts) -> Rejection {
        if let vision = film.dolbyVision, vision.isNeeded {
            return Rejection(
                .unsupportedCodec,
                "The picture is Dolby Vision profile \(vision.profile), whose colours only Dolby's decoders know; export "
                    + "it as HDR10, HLG, SDR, or Dolby Vision profile 8.")
        }
        return Rejection(.unsupportedCodec, "The file's \(film.codec) video cannot be read here.")
    }
}
