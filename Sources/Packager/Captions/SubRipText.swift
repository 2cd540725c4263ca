/// Makes the text of a SubRip cue WebVTT: italic, bold and underlined words stay so, colours and fonts go.
enum SubRipText {
    /// The text of a cue, its lines separated by line feeds, and the settings that its overrides ask for.
    static func cueText(_ raw: String) -> (text: String, settings: String) {
        var markup = CueMarkup()
        var overrides = SubstationOverrides()
        var rest = raw.unicodeScalars[...]
        let lastBrace = rest.lastIndex(of: "}") ?? rest.startIndex
        while let scalar = rest.first {
            let next = rest.index(after: rest.startIndex)
            if scalar == "<", let end = rest.prefix(WebVTTText.maximumTagLength).firstIndex(of: ">"),
                apply(String(rest[next..<end]), to: &markup)
            {
                rest = rest[rest.index(after: end)...]
            } else if scalar == "{", next < lastBrace, rest[next...].first == "\\",
                let end = rest.firstIndex(of: "}")
            {
                overrides.apply(String(rest[next..<end]), to: &markup)
                rest = rest[rest.index(after: end)...]
            } else if scalar == "&", let (character, after) = CharacterReference.read(rest) {
                markup.append(character)
                rest = rest[after...]
            } else {
                markup.append(scalar)
                rest = rest.dropFirst()
            }
        }
        return (markup.finish(), overrides.settings)
    }

    /// Applies a tag.
    /// - Returns: `false` if it is none of SubRip's: then it is text, as in `1 < 2`.
    private static func apply(_ tag: String, to markup: inout CueMarkup) -> Bool {
        let isEnd = tag.first == "/"
        let name = tag.drop { $0 == "/" }.prefix { $0.isLetter }.lowercased()
        switch name {
        case "i", "b", "u":
            if isEnd { markup.close(name) } else { markup.open(name) }
        case "font", "s", "c": break
        case "br": markup.breakLine()
        default: return false
        }
        return true
    }
}
