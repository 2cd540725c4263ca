/// A caption track of playlists and presentation descriptions.
public struct CaptionTrack: Sendable, Hashable {
    /// Name and folder: `s` and the language, `sen`.
    public var name: String
    /// Language as a BCP 47 tag.
    public var language: String
    /// Display name.
    public var label: String
    /// Whether it has forced subtitles only, which all viewers need, such as signs.
    public var isForced: Bool
    /// Whether it also describes sounds and speakers.
    public var isForHearingImpaired: Bool

    /// A track.
    /// - Parameters:
    ///   - language: A BCP 47 tag or an ISO 639 code.
    ///   - label: Display name; by default the name of the language.
    public init(
        name: String, language: String, label: String? = nil, isForced: Bool = false, isForHearingImpaired: Bool = false
    ) {
        self.name = name
        self.language = LanguageName.tag(language)
        // Playlists cannot contain quotes.
        let text = label.map { String($0.unicodeScalars.filter { $0 != "\"" }) } ?? ""
        self.label = text.isEmpty ? Self.label(self.language) : text
        self.isForced = isForced
        self.isForHearingImpaired = isForHearingImpaired
    }

    /// The tracks with distinct labels: names must differ within a group (RFC 8216bis 4.4.6.1.1).
    public static func withDistinctLabels(_ tracks: [CaptionTrack]) -> [CaptionTrack] {
        zip(tracks, LanguageName.distinct(tracks.map(\.label))).map { track, label in
            var track = track
            track.label = label
            return track
        }
    }

    private static func label(_ tag: String) -> String {
        tag == "und" ? "Subtitles" : LanguageName.distinctNames([tag]).first ?? tag
    }
}

extension CaptionTrack {
    /// The `GROUP-ID` of all captions.
    static let group = "subs"

    /// The `EXT-X-MEDIA` tag (RFC 8216bis 4.4.6.1). No track is on by default; a player may select one by its language.
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
            // Apple 4.5: captions that replace audio need both.
            attributes.addQuoted(
                "CHARACTERISTICS",
                "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound")
        }
        attributes.addQuoted("URI", Manifests.playlistPath(track: name))
        return "#EXT-X-MEDIA:\(attributes.text)"
    }
}
