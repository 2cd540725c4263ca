/// The escapes of JSON strings (RFC 8259 section 7) for log lines.
enum JSONString {
    private static let digits = Array("0123456789abcdef")

    /// A text as a JSON string, with quotation marks.
    static func quoted(_ text: String) -> String { "\"" + escaped(text) + "\"" }

    /// A text with control characters as escapes.
    static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F || $0 >= 0x80 }) else {
            return text
        }
        var result = ""
        result.reserveCapacity(text.utf8.count + 8)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            // C1 controls and the two line separators would also break a line in some terminals and viewers.
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
                result += "\\u" + String((0..<4).reversed().map { digits[Int(scalar.value >> (UInt32($0) * 4)) & 15] })
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
