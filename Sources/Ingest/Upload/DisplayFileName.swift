/// A file's name as its owner gave it, made fit to be shown.
///
/// It is text for people and nothing else: no path is ever made of it.
public enum DisplayFileName {
    /// Most UTF-8 bytes that are kept.
    public static let maximumByteCount = 255

    /// Keeps what comes after the last slash or backslash, without control characters and shortened to the limit.
    /// - Parameter name: Any text; bytes that were no UTF-8 have become U+FFFD before.
    /// - Returns: `nil` if nothing is left, or only dots are.
    public static func clean(_ name: String) -> String? {
        let last = name.unicodeScalars.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? []
        var text = ""
        for character in String(String.UnicodeScalarView(last.filter { !isControl($0) })) {
            guard text.utf8.count + character.utf8.count <= maximumByteCount else { break }
            text.append(character)
        }
        let trimmed = String(text.drop { $0 == " " })
        return trimmed.allSatisfy({ $0 == "." || $0 == " " }) ? nil : trimmed
    }

    /// Control characters, line separators, and the marks that turn the direction of the text after them.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
