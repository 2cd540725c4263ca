internal import Ground

/// Parses SubRip, which has no specification, as editors and players use it.
///
/// A timing line starts a cue. Counters and empty lines may be missing, cues may contain empty lines, and decimals may follow
/// a comma or a point.
enum SubRipReader {
    /// The cues in the order of the file.
    /// - Throws: ``CaptionFault`` with the first invalid line; line 1 without any cue.
    static func cues(_ lines: [String]) throws(CaptionFault) -> [CaptionCue] {
        let places = lines.indices.filter { CaptionLines.isTiming(lines[$0]) }
        let head = lines[..<(places.first ?? lines.count)]
        if let stray = head.firstIndex(where: { !CaptionLines.isBlank($0) && !isCounter($0) }) {
            throw CaptionFault(line: stray + 1, reason: "The text is neither WebVTT nor SubRip.")
        }
        guard !places.isEmpty else { throw CaptionFault(line: 1, reason: "The text is neither WebVTT nor SubRip.") }
        var cues: [CaptionCue] = []
        for (index, place) in places.enumerated() {
            let timing = try CaptionLines.timing(lines[place], number: place + 1, isStrict: false)
            let next = index + 1 < places.count ? places[index + 1] : lines.count
            var body = lines[(place + 1)..<next]
            // The counter of the next cue.
            if next < lines.count, let last = body.last, isCounter(last) { body.removeLast() }
            let rawText = body.filter { !CaptionLines.isBlank($0) }.joined(separator: "\n")
            let (text, settings) = SubRipText.cueText(rawText)
            try CaptionReader.add(
                CaptionCue(start: timing.start, end: timing.end, settings: settings, text: text), line: place + 1,
                to: &cues)
        }
        return cues
    }

    private static func isCounter(_ line: String) -> Bool {
        let digits = line.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        return !digits.isEmpty && digits.allSatisfy(\.isASCIIDigit)
    }
}

/// Converts the text of a SubRip cue to WebVTT: keeps italic, bold and underline, and drops colours and fonts.
enum SubRipText {
    /// The text of a cue, with line feeds between lines, and the settings of its override codes.
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
    /// - Returns: `false` if it is not a SubRip tag but text, as in `1 < 2`.
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
