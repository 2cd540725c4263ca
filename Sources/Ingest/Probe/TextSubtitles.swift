import AV

/// Which subtitle streams of a container become captions.
enum TextSubtitles {
    /// More than any film has; each costs a playlist and a file a segment.
    static let maximumTracks = 32

    /// Those that are text of an allowed kind, in the file's order. Pictures (PGS, DVD, DVB) are left aside.
    static func chosen(from streams: [StreamFacts]) -> [StreamFacts] {
        let text = streams.filter { $0.kind == .subtitle && AllowedCodecs.isText(subtitles: $0.codec) }
        return Array(text.prefix(maximumTracks))
    }
}
