/// Makes foreign WebVTT cue text safe: known tags stay, all others go, what looks like markup is escaped.
enum WebVTTText {
    /// Characters of the longest tag that is looked for: what is longer is text. Keeps the time in proportion to the text.
    static let maximumTagLength = 256

    /// The text of a cue, its lines separated by line feeds.
    static func cueText(_ raw: String) -> String {
        var markup = CueMarkup()
        var rest = raw.unicodeScalars[...]
        while let scalar = rest.first {
            if scalar == "<", let end = rest.prefix(maximumTagLength).firstIndex(of: ">") {
                apply(String(rest[rest.index(after: rest.startIndex)..<end]), to: &markup)
                rest = rest[rest.index(after: end)...]
            } else if scalar == "&", let (character, after) = CharacterReference.read(rest) {
                markup.append(character)
                rest = rest[after...]
            } else {
                markup.append(scalar)
                rest = rest.dropFirst()
            }
        }
        return markup.finish()
    }

    private static func apply(_ tag: String, to markup: inout CueMarkup) {
        if tag.first == "/" { return markup.close(String(tag.dropFirst())) }
        if let time = CaptionTime.milliseconds(tag, isStrict: true) { return markup.mark(time) }
        let head = tag.prefix { !$0.isWhitespace }
        let parts = head.split(separator: ".", omittingEmptySubsequences: false)
        let note = tag[head.endIndex...].split { $0.isWhitespace }.joined(separator: " ")
        guard let name = parts.first.map(String.init) else { return }
        let classes = parts.dropFirst().prefix(8).filter { isWord($0) }.map { "." + $0 }.joined()
        switch name {
        case "b", "i", "u", "c", "ruby", "rt": markup.open(name, classes)
        case "v": markup.open(name, classes + escaped(note))
        case "lang": markup.open(name, isWord(note) ? classes + " " + note : classes)
        default: break
        }
    }

    /// The name of who speaks, behind a space. Dashes at its end would make an arrow together with the tag's.
    private static func escaped(_ note: String) -> String {
        var markup = CueMarkup()
        var rest = note.unicodeScalars.prefix(64)[...]
        while let scalar = rest.first {
            if scalar == "&", let (character, after) = CharacterReference.read(rest) {
                markup.append(character == "\n" ? " " : character)
                rest = rest[after...]
            } else {
                markup.append(scalar)
                rest = rest.dropFirst()
            }
        }
        var text = markup.finish()[...]
        while text.last == "-" || text.last == " " { text.removeLast() }
        return text.isEmpty ? "" : " " + text
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        (1...32).contains(text.utf8.count) && !text.hasSuffix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }
}

/// `&amp;` and its like.
enum CharacterReference {
    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "lrm": "\u{200E}",
        "rlm": "\u{200F}",
    ]

    /// The character that a reference at the start of `text` stands for, and where it ends; `nil` if there is none.
    static func read(
        _ text: Substring.UnicodeScalarView
    ) -> (Unicode.Scalar, Substring.UnicodeScalarView.Index)? {
        let head = text.dropFirst().prefix(10)
        guard let end = head.firstIndex(of: ";") else { return nil }
        let name = String(head[..<end])
        guard let scalar = named[name] ?? numbered(name) else { return nil }
        return (scalar, text.index(after: end))
    }

    private static func numbered(_ name: String) -> Unicode.Scalar? {
        guard name.hasPrefix("#") else { return nil }
        let isHex = name.hasPrefix("#x") || name.hasPrefix("#X")
        return UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10).flatMap { Unicode.Scalar($0) }
    }
}
