import AV
import MediaModel

/// The streams of a container that become the presentation.
struct StreamChoice {
    /// The video, if any.
    let video: StreamFacts?
    /// The default audio, if any.
    let audio: StreamFacts?
    /// The tracks of one loudspeaker each that form the default audio together, ``audio`` among them; empty for a single
    /// track.
    let parts: [StreamFacts]
    /// Alternative audio, in the container's order.
    let furtherAudio: [StreamFacts]
    /// The stream of the cover art, for a source without video.
    let cover: Int?
    /// Text subtitles, in the file's order.
    let subtitles: [StreamFacts]
    /// What is ignored, as notes for the creator.
    let notes: [VideoNote]

    /// Most audio tracks of a presentation.
    static let maximumAudio = 8

    /// Selects what FFmpeg would play by default, unless that is a still image or of a codec that is not allowed. The audio is
    /// that of the video's programme.
    /// - Parameters:
    ///   - decodable: Audio streams whose decoder opens; others are ignored.
    ///   - scrambled: PIDs that are encrypted without the streams declaring it.
    /// - Throws: `Rejection` with `noMediaStream`, `unsupportedCodec` or `protected`.
    init(
        streams: [StreamFacts], bestVideo: Int?, bestAudio: Int?, decodable: Set<Int>, scrambled: Set<Int> = []
    ) throws(Rejection) {
        try Self.checkProtection(streams, scrambled)
        func isClear(_ stream: StreamFacts) -> Bool { !stream.isEncrypted && !scrambled.contains(stream.identifier) }
        var programmes: Set<Int> = []
        func candidates(_ kind: StreamFacts.Kind) -> [StreamFacts] {
            streams.filter {
                $0.kind == kind && !$0.isAttachedPicture && AllowedCodecs.contains(codec: $0.codec)
                    && $0.dolbyVision?.isNeeded != true && isClear($0)
                    && (kind != .audio || ($0.isKnown && decodable.contains($0.index)))
                    && (programmes.isEmpty || $0.programmes.isEmpty || !programmes.isDisjoint(with: $0.programmes))
            }
        }
        func choose(_ kind: StreamFacts.Kind, _ best: Int?) -> StreamFacts? {
            let candidates = candidates(kind)
            return candidates.first { $0.index == best }
                ?? candidates.max { ($0.isDefault ? 1 : 0, $0.width) < ($1.isDefault ? 1 : 0, $1.width) }
        }
        let chosenVideo = choose(.video, bestVideo)
        programmes = chosenVideo?.programmes ?? []
        let chosenAudio = choose(.audio, bestAudio)
        // A video must not become audio alone; cover art may be lost.
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
        let together = Self.loudspeakers(beside: chosenAudio, candidates(.audio))
        parts = together
        let taken = Set(together.map(\.index) + [chosenAudio?.index].compactMap(\.self))
        let others = candidates(.audio).filter { !taken.contains($0.index) }
        furtherAudio = Array(others.prefix(Self.maximumAudio - 1))
        cover = chosenVideo == nil ? streams.first { $0.kind == .video && $0.isAttachedPicture }?.index : nil
        var notes: [VideoNote] = []
        let media = streams.filter {
            ($0.kind == .video || $0.kind == .audio) && !$0.isAttachedPicture && !$0.isEmpty
        }
        let heard = media.filter { $0.kind == .audio }.count
        if chosenAudio == nil, heard > 0 { notes.append(.audioLost) }
        if media.count - heard > (chosenVideo == nil ? 0 : 1)
            || chosenAudio != nil && heard > taken.count + furtherAudio.count
        {
            notes.append(.extraTracksIgnored)
        }
        subtitles = TextSubtitles.chosen(from: streams)
        if streams.filter({ $0.kind == .subtitle }).count > subtitles.count { notes.append(.subtitlesIgnored) }
        self.notes = notes
    }

    /// Refuses a file whose video streams, or whose audio streams, are all encrypted.
    private static func checkProtection(_ streams: [StreamFacts], _ scrambled: Set<Int>) throws(Rejection) {
        for kind in [StreamFacts.Kind.video, .audio] {
            let all = streams.filter { $0.kind == kind && !$0.isAttachedPicture }
            if !all.isEmpty, all.allSatisfy({ $0.isEncrypted || scrambled.contains($0.identifier) }) {
                throw Protection.rejection
            }
        }
    }

    /// The tracks that form one audio with a track, each one loudspeaker: left and right, and those of the centre and the back
    /// if they are marked. Empty if the track is not one of them.
    private static func loudspeakers(beside track: StreamFacts?, _ candidates: [StreamFacts]) -> [StreamFacts] {
        guard let track, track.speaker != nil else { return [] }
        let marked = candidates.filter { $0.speaker != nil && $0.language == track.language }
        // A single track of the centre may be plain mono, such as a commentary.
        let isSurround = marked.contains { $0.speaker == .leftSurround || $0.speaker == .lowFrequency }
        let parts = marked.filter { isSurround || $0.speaker == .left || $0.speaker == .right }
        let speakers = Set(parts.compactMap(\.speaker))
        guard speakers.count == parts.count, speakers.isSuperset(of: [.left, .right]) else { return [] }
        return parts.contains { $0.index == track.index } ? parts : []
    }

    /// Why a video stream cannot be decoded.
    private static func refusal(of film: StreamFacts) -> Rejection {
        if let vision = film.dolbyVision, vision.isNeeded {
            return Rejection(
                .unsupportedCodec,
                "The video is Dolby Vision profile \(vision.profile), whose colours only Dolby's decoders know; export "
                    + "it as HDR10, HLG, SDR, or Dolby Vision profile 8.")
        }
        return Rejection(.unsupportedCodec, "The file's \(film.codec) video cannot be read here.")
    }
}

/// Selects the subtitle streams of a container that become captions.
enum TextSubtitles {
    /// Most tracks: more than any film has. Each costs a playlist, and a file for each segment.
    static let maximumTracks = 32

    /// The streams of an allowed text codec, in the file's order. Bitmap subtitles (PGS, DVD, DVB) are ignored.
    static func chosen(from streams: [StreamFacts]) -> [StreamFacts] {
        let text = streams.filter { $0.kind == .subtitle && AllowedCodecs.isText(subtitles: $0.codec) }
        return Array(text.prefix(maximumTracks))
    }
}
