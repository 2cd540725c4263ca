/// Makes the text of a SubStation Alpha event WebVTT. FFmpeg's decoders give every kind of text subtitle in this form.
///
/// Italic, bold and underlined words and a place at the top stay; other styles, drawings and comments go.
enum SubstationText {
    /// The text of an event, and the settings that its overrides ask for.
    static func cueText(_ raw: String) -> (text: String, settings: String) {
        var markup = CueMarkup()
        var overrides = SubstationOverrides()
        var rest = raw.unicodeScalars[...]
        // Looked for once: a text of braces alone would have each look through all of it.
        let lastBrace = rest.lastIndex(of: "}") ?? rest.startIndex
        while let scalar = rest.first {
            rest = rest.dropFirst()
            if scalar == "{", rest.startIndex <= lastBrace, let end = rest.firstIndex(of: "}") {
                overrides.apply(String(rest[..<end]), to: &markup)
                rest = rest[rest.index(after: end)...]
            } else if scalar == "\\", let (piece, after) = escape(rest) {
                if !overrides.isDrawing { markup.append(piece) }
                rest = rest[after...]
            } else if !overrides.isDrawing {
                markup.append(scalar)
            }
        }
        return (markup.finish(), overrides.settings)
    }

    /// What stands behind a backslash: a line's end, a hard space, or one of the characters that FFmpeg escapes.
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

/// The overrides between braces (`{\i1\an8}`), as far as WebVTT can say the same.
struct SubstationOverrides {
    /// Whether what follows is a shape and no text.
    private(set) var isDrawing = false
    /// The cue's settings.
    private(set) var settings = ""

    /// Applies what stands between two braces.
    mutating func apply(_ block: String, to markup: inout CueMarkup) {
        for piece in block.split(separator: "\\").prefix(64) {
            let code = piece.trimmingSpaces
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

    /// Only top and middle differ from where a cue is shown anyway.
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
