/// Makes untrusted text safe for terminals, logs and pages: control and direction characters become visible marks.
public enum PlainText {
    /// One sentence: line ends become spaces, other control characters become U+FFFD, and the text is cut at the length limit.
    /// - Parameter length: The largest number of Unicode scalars in the result.
    public static func sentence(_ text: String, _ length: Int) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard result.count < length else {
                result.append("…")
                break
            }
            result.append(isLineEnd(scalar) || scalar == "\t" ? " " : isMark(scalar) ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    /// Lines: line feeds and tabs stay, all other control characters become U+FFFD.
    public static func lines(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isMark($0) && $0 != "\n" && $0 != "\t" }) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            result.append(isMark(scalar) && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(result)
    }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// Control characters of C0 and C1, line separators, and marks that change the direction of the text after them.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
