/// Converts the text of a SubStation Alpha event to WebVTT. FFmpeg's decoders return all text subtitles in this format.
///
/// Keeps italic, bold, underline and a position at the top or in the middle; drops other styles, drawings and comments.
enum SubstationText {
    /// The text of an event, and the settings of its override codes.
    static func cueText(_ raw: String) -> (text: String, settings: String) {
        var markup = CueMarkup()
        var overrides = SubstationOverrides()
        var rest = raw.unicodeScalars[...]
        // Searched once: otherwise a text of opening braces would take quadratic time.
        let lastBrace = rest.lastIndex(of: "}") ?? rest.startIndex
        while let scalar = rest.first {
            rest = rest.dropFirst()
            if scalar == "{", rest.startIndex <= lastBrace, let end = rest.firstIndex(of: "}") {
                overrides.apply(String(rest[..<end]), to: &markup)
                rest = rest[rest.index(after: end)...]
            } else if scalar == "\\", let (character, after) = escape(rest) {
                if !overrides.isDrawing { markup.append(character) }
                rest = rest[after...]
            } else if !overrides.isDrawing {
                markup.append(scalar)
            }
        }
        return (markup.finish(), overrides.settings)
    }

    /// The character after a backslash: a line feed, a no-break space, or a character that FFmpeg escapes.
    private static func escape(
        _ rest: Substring.UnicodeScalarView
    ) -> (Unicode.Scalar, Substring.UnicodeScalarView.Index)? {
        guard let next = rest.first else { return nil }
        let after = rest.index(after: rest.startIndex)
        switch next {
        case "N", "n": return ("\n", after)
        case "h": return ("\u{A0}", after)
        case "{", "}", "\\": return (next, after)
        default: return nil
        }
    }
}

/// The override codes between braces (`{\i1\an8}`) that WebVTT can express.
struct SubstationOverrides {
    /// Whether the following text is a drawing.
    private(set) var isDrawing = false
    /// The cue's settings.
    private(set) var settings = ""

    /// Applies the codes between two braces.
    mutating func apply(_ block: String, to markup: inout CueMarkup) {
        for part in block.split(separator: "\\").prefix(64) {
            let code = part.trimmingSpaces
            let digits = code.suffix(while: { $0.isASCII && $0.isNumber })
            let (name, number) = (code.dropLast(digits.count), Int(digits.prefix(4)))
            switch name {
            case "i", "b", "u":
                guard let number else { continue }
                if number == 0 { markup.close(String(name)) } else { markup.open(String(name)) }
            case "p": if let number { isDrawing = number > 0 }
            case "an": place(number, top: 7...9, middle: 4...6)
            case "a": place(number, top: 5...7, middle: 9...11)
            default: if code.first == "r" { markup.closeAll() }
            }
        }
    }

    /// Sets the line for positions at the top or in the middle; the default is the bottom.
    private mutating func place(_ number: Int?, top: ClosedRange<Int>, middle: ClosedRange<Int>) {
        guard let number else { return }
        settings = top.contains(number) ? "line:0" : middle.contains(number) ? "line:50%" : ""
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }

    fileprivate func suffix(while isWanted: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, isWanted(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
