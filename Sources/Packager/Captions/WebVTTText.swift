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
        let note = tag[head.endIndex...]
        guard let name = parts.first.map(String.init) else { return }
        let classes = parts.dropFirst().prefix(8).filter { isWord($0) }.map { "." + $0 }.joined()
        switch name {
        case "b", "i", "u", "c", "ruby", "rt": markup.open(name, classes)
        case "v":
            // Beside the name: `<v`, classes, a space and `>`.
            markup.open(name, classes + speaker(note, room: maximumTagLength - 4 - classes.utf8.count))
        case "lang":
            let words = note.split { $0.isWhitespace }.joined(separator: " ")
            markup.open(name, isWord(words) ? classes + " " + words : classes)
        default: break
        }
    }

    /// The name of who speaks, behind a space: at most 64 characters, in `room` characters as they are written. Dashes at
    /// its end would make an arrow together with the tag's.
    ///
    /// References are read before anything is counted or cut, so that what was written is read as the same name.
    private static func speaker(_ note: Substring, room: Int) -> String {
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
        while written.joined().unicodeScalars.count > room || written.last == "-" || written.last == " " {
            written.removeLast()
        }
        return written.isEmpty ? "" : " " + written.joined()
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
