internal import Ground

/// Sanitizes WebVTT cue text: keeps known tags, drops others, and escapes everything else.
enum WebVTTText {
    /// Most characters of a tag; a longer one is text. Keeps the time proportional to the text.
    static let maximumTagLength = 256

    /// The sanitized text of a cue, with line feeds between lines.
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
        let note = tag[head.endIndex...]
        guard let name = parts.first.map(String.init) else { return }
        let classes = parts.dropFirst().prefix(8).filter { isWord($0) }.map { "." + $0 }.joined()
        switch name {
        case "b", "i", "u", "c", "ruby", "rt": markup.open(name, classes)
        case "v":
            // Besides the name there are `<v`, the classes, a space and `>`.
            markup.open(name, classes + speaker(note, limit: maximumTagLength - 4 - classes.utf8.count))
        case "lang":
            let tag = note.split { $0.isWhitespace }.joined(separator: " ")
            markup.open(name, isWord(tag) ? classes + " " + tag : classes)
        default: break
        }
    }

    /// The speaker of a voice tag with a space before it: at most 64 characters, and at most `limit` when escaped. Trailing
    /// dashes are removed, since they would form an arrow with the tag's end.
    ///
    /// References are decoded before characters are counted, so that parsing the output gives the same name.
    private static func speaker(_ note: Substring, limit: Int) -> String {
        var name = String.UnicodeScalarView()
        var rest = note.unicodeScalars
        while let scalar = rest.first {
            let reference = scalar == "&" ? CharacterReference.read(rest) : nil
            let (character, after) = reference ?? (scalar, rest.index(after: rest.startIndex))
            name.append(character.properties.isWhitespace ? " " : character)
            rest = rest[after...]
        }
        name.removeAll { !CueMarkup.isShown($0) }
        let words = name.split(separator: " ").map { String($0) }.joined(separator: " ")
        var written = words.unicodeScalars.prefix(64).map { CueMarkup.escaped($0) }
        while written.joined().unicodeScalars.count > limit || written.last == "-" || written.last == " " {
            written.removeLast()
        }
        return written.isEmpty ? "" : " " + written.joined()
    }

    private static func isWord(_ text: some StringProtocol) -> Bool {
        (1...32).contains(text.utf8.count) && !text.hasSuffix("-")
            && text.utf8.allSatisfy { byte in
                byte.isASCIILetterOrDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }
}

/// Character references such as `&amp;`.
enum CharacterReference {
    private static let named: [String: Unicode.Scalar] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "lrm": "\u{200E}",
        "rlm": "\u{200F}",
    ]

    /// The character of a reference at the start of `text`, and the end of the reference; `nil` without one.
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
