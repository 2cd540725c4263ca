/// Captions in one language, as playlists offer them.
public struct CaptionTrack: Sendable, Hashable {
    /// The track's name and folder: `s` and the language, `sen`.
    public var name: String
    /// Its language, as a BCP 47 tag.
    public var language: String
    /// What people call it.
    public var label: String
    /// Whether it holds only what everybody has to read, such as signs.
    public var isForced: Bool
    /// Whether it also tells of sounds and of who speaks.
    public var isForHearingImpaired: Bool

    /// A track.
    /// - Parameters:
    ///   - language: A BCP 47 tag or an ISO 639 code.
    ///   - label: Taken from the language where it is `nil`.
    public init(
        name: String, language: String, label: String? = nil, isForced: Bool = false, isForHearingImpaired: Bool = false
    ) {
        self.name = name
        self.language = LanguageName.tag(language)
        // A playlist has no way to write a quote.
        let words = label.map { $0.filter { $0 != "\"" } } ?? ""
        self.label = words.isEmpty ? Self.label(self.language) : words
        self.isForced = isForced
        self.isForHearingImpaired = isForHearingImpaired
    }

    /// The tag by which languages are compared: `en` for `eng`, in lower case.
    public static func tag(_ language: String) -> String { LanguageName.tag(language) }

    /// The same tracks, no two of them with the same label: names must differ within a group (RFC 8216bis 4.4.6.1.1).
    public static func withDistinctLabels(_ tracks: [CaptionTrack]) -> [CaptionTrack] {
        var taken: Set<String> = []
        return tracks.map { track in
            var track = track
            let label = track.label
            var number = 2
            while !taken.insert(track.label).inserted {
                track.label = "\(label) \(number)"
                number += 1
            }
            return track
        }
    }

    private static func label(_ tag: String) -> String {
        tag == "und" ? "Subtitles" : LanguageName.distinctNames([tag]).first ?? tag
    }
}

extension CaptionTrack {
    /// The group that variants name.
    static let group = "subs"

    /// Its `EXT-X-MEDIA` tag (RFC 8216bis 4.4.6.1). None is on by default; a player may turn one on by its language.
    var mediaTag: String {
        var attributes = AttributeList()
        attributes.add("TYPE", "SUBTITLES")
        attributes.addQuoted("GROUP-ID", Self.group)
        attributes.addQuoted("NAME", label)
        attributes.addQuoted("LANGUAGE", language)
        attributes.add("DEFAULT", "NO")
        attributes.add("AUTOSELECT", "YES")
        attributes.add("FORCED", isForced ? "YES" : "NO")
        if isForHearingImpaired {
            // Apple 4.5: both, for captions that stand in for the sound.
            attributes.addQuoted(
                "CHARACTERISTICS",
                "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound")
        }
        attributes.addQuoted("URI", Manifests.playlistPath(track: name))
        return "#EXT-X-MEDIA:\(attributes.text)"
    }
}
