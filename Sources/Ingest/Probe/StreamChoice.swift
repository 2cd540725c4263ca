import AV
import MediaModel

/// Which streams of a container become the presentation.
struct StreamChoice {
    /// The moving pictures, if any.
    let video: StreamFacts?
    /// The sound, if any.
    let audio: StreamFacts?
    /// Cover art, for a source without moving pictures.
    let cover: Int?
    /// Text subtitles, in the file's order.
    let subtitles: [StreamFacts]
    /// What was left aside, as notes for the creator.
    let notes: [String]

    /// Takes what FFmpeg would play by default, unless that is a still or of a codec that is not allowed.
    /// - Throws: `Rejection` with `noMediaStream` or `unsupportedCodec`.
    init(streams: [StreamFacts], bestVideo: Int?, bestAudio: Int?) throws(Rejection) {
        func choose(_ kind: StreamFacts.Kind, _ best: Int?) -> StreamFacts? {
            let candidates = streams.filter {
                $0.kind == kind && !$0.isAttachedPicture && AllowedCodecs.contains(codec: $0.codec)
                    && (kind != .audio || ($0.sampleRate > 0 && $0.channels > 0))
            }
            return candidates.first { $0.index == best }
                ?? candidates.max { ($0.isDefault ? 1 : 0, $0.width) < ($1.isDefault ? 1 : 0, $1.width) }
        }
        let chosenVideo = choose(.video, bestVideo)
        let chosenAudio = choose(.audio, bestAudio)
        guard chosenVideo != nil || chosenAudio != nil else {
            if let other = streams.first(where: { ($0.kind == .video && !$0.isAttachedPicture) || $0.kind == .audio }) {
                throw Rejection(.unsupportedCodec, "The file's \(other.codec) stream cannot be read here.")
            }
            throw Rejection(.noMediaStream, "The file has neither a video nor an audio stream.")
        }
        video = chosenVideo
        audio = chosenAudio
        cover = chosenVideo == nil ? streams.first { $0.kind == .video && $0.isAttachedPicture }?.index : nil
        var notes: [String] = []
        let media = streams.filter { ($0.kind == .video || $0.kind == .audio) && !$0.isAttachedPicture }
        if media.count > [chosenVideo, chosenAudio].compactMap(\.self).count { notes.append("extra_tracks_ignored") }
        subtitles = TextSubtitles.chosen(from: streams)
        if streams.filter({ $0.kind == .subtitle }).count > subtitles.count { notes.append("subtitles_ignored") }
        self.notes = notes
    }
}
