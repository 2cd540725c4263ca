import Ground

/// The rules for the title of a video.
public enum VideoTitle {
    /// Most characters, counted as Unicode scalars: JSON Schema counts the same way.
    public static let maximumLength = 200

    /// The title without space around it and without characters that turn the direction of the text behind them; `nil` if
    /// nothing visible is left, it is too long or it has control characters.
    public static func clean(_ text: String) -> String? {
        guard text.unicodeScalars.count <= maximumLength else { return nil }
        let scalars = String.UnicodeScalarView(text.unicodeScalars.filter { !$0.turnsDirection })
        guard scalars.contains(where: \.isVisible),
            !scalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }),
            let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return nil }
        return String(scalars[first...last])
    }

    /// The title of a file without one: its name without the extension, or `Untitled`.
    public static func fallback(fileName: String?) -> String {
        let name = fileName.flatMap { DisplayFileName.clean($0) } ?? ""
        let stem = name.lastIndex(of: ".").map { name[..<$0] }.flatMap { $0.isEmpty ? nil : String($0) } ?? name
        return clean(String(stem.unicodeScalars.prefix(maximumLength))) ?? "Untitled"
    }
}

/// The rules for the description of a video.
public enum VideoDescription {
    /// Most Unicode scalars.
    public static let maximumLength = 5000

    /// Whether a text may be one: not too long, and without control characters but line ends and tabs.
    public static func isValid(_ text: String) -> Bool {
        text.unicodeScalars.count <= maximumLength
            && !text.unicodeScalars.contains { scalar in
                (scalar.value < 0x20 && scalar != "\n" && scalar != "\t" && scalar != "\r")
                    || (0x7F...0x9F).contains(scalar.value)
            }
    }
}

/// A file's name as its owner gave it, cleaned for display.
///
/// It is only shown to people; no path is built from it.
public enum DisplayFileName {
    /// The largest number of UTF-8 bytes.
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
