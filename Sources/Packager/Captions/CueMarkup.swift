/// Puts cue text together (WebVTT 4.2.2): everything that is not a tag of ours is escaped, tags are balanced, and there is
/// never an empty line, which would end the cue.
struct CueMarkup {
    private var text = ""
    private var open: [String] = []
    private var breaksLine = false
    private var isVisible = false

    /// Adds a character as itself. Controls are dropped, for none of them can be seen.
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

    /// Whether a character is no control.
    static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0xFEFF
    }

    /// A character as it is written where it is no markup.
    static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\u{A0}": "&nbsp;"
        default: String(Character(scalar))
        }
    }

    /// Adds characters as themselves.
    mutating func append(contentsOf text: some StringProtocol) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    /// Ends a line, once anything follows.
    mutating func breakLine() { breaksLine = !text.isEmpty }

    /// Opens a tag, such as `i` or `v Mary`; the caller knows that it is one of WebVTT's and holds no `>`.
    mutating func open(_ name: String, _ rest: String = "") {
        guard open.count < 16 else { return }
        add("<\(name)\(rest)>")
        open.append(name)
    }

    /// Closes a tag, and those that were opened inside of it; one that is not open is passed over.
    mutating func close(_ name: String) {
        guard open.contains(name) else { return }
        while let last = open.popLast() {
            text += "</\(last)>"
            if last == name { break }
        }
    }

    /// Closes everything.
    mutating func closeAll() {
        while let last = open.popLast() { text += "</\(last)>" }
    }

    /// A point in time inside of the cue, from which on what follows is being said.
    mutating func mark(_ milliseconds: Int64) { add("<\(CaptionTime.text(milliseconds))>") }

    /// The cue's text; empty if nothing of it can be seen.
    mutating func finish() -> String {
        closeAll()
        return isVisible ? text : ""
    }

    private mutating func add(_ piece: String) {
        if breaksLine { text += "\n" }
        breaksLine = false
        text += piece
    }
}
