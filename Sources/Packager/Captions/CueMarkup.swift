/// Builds the text of a WebVTT cue (4.2.2): escapes text, balances tags, and avoids empty lines, which would end the cue.
struct CueMarkup {
    private var text = ""
    private var open: [String] = []
    private var breaksLine = false
    private var isVisible = false

    /// Appends a character of text. Control characters are dropped.
    mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\n", "\u{2028}", "\u{2029}": breakLine()
        case "\t": add(" ")
        default:
            guard Self.isShown(scalar) else { return }
            if scalar != " ", scalar != "\u{A0}" { isVisible = true }
            add(Self.escaped(scalar))
        }
    }

    /// Whether a character is not a control character.
    static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0xFEFF
    }

    /// A character of text, escaped.
    static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\u{A0}": "&nbsp;"
        default: String(Character(scalar))
        }
    }

    /// Appends text.
    mutating func append(contentsOf text: some StringProtocol) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    /// Ends the line if more text follows.
    mutating func breakLine() { breaksLine = !text.isEmpty }

    /// Opens a tag, such as `i` or `v Mary`, which must be a WebVTT tag without `>`. At most 16 tags are open.
    mutating func open(_ name: String, _ rest: String = "") {
        guard open.count < 16 else { return }
        add("<\(name)\(rest)>")
        open.append(name)
    }

    /// Closes a tag and the tags within it; ignores a tag that is not open.
    mutating func close(_ name: String) {
        guard open.contains(name) else { return }
        while let last = open.popLast() {
            text += "</\(last)>"
            if last == name { break }
        }
    }

    /// Closes all tags.
    mutating func closeAll() {
        while let last = open.popLast() { text += "</\(last)>" }
    }

    /// Appends a timestamp within the cue, at which the following text starts.
    mutating func mark(_ milliseconds: Int64) { add("<\(CaptionTime.text(milliseconds))>") }

    /// The cue's text; empty if it is invisible.
    mutating func finish() -> String {
        closeAll()
        return isVisible ? text : ""
    }

    private mutating func add(_ part: String) {
        if breaksLine { text += "\n" }
        breaksLine = false
        text += part
    }
}
