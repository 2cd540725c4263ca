internal import Ground

/// A BCP 47 language tag (RFC 5646 section 2.1): language, script, region and variants, without extensions.
public struct LanguageTag: Sendable, Hashable {
    /// The tag in canonical case: `pt-BR`, `zh-Hant`.
    public let text: String

    /// Most bytes of a tag.
    public static let maximumByteCount = 35

    /// Parses a tag. Only the syntax is checked, not whether the language exists.
    /// - Returns: `nil` if the syntax is wrong.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumByteCount else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, (2...3).contains(first.utf8.count), Self.isAlpha(first) else { return nil }
        var written = [first.lowercased()]
        // Script and region occur at most once, in this order; there may be several variants.
        var step = 0
        for part in parts.dropFirst() {
            let count = part.utf8.count
            if step < 1, count == 4, Self.isAlpha(part) {
                step = 1
                written.append(part.prefix(1).uppercased() + part.dropFirst().lowercased())
            } else if step < 2, (count == 2 && Self.isAlpha(part)) || (count == 3 && Self.isDigits(part)) {
                step = 2
                written.append(part.uppercased())
            } else if Self.isVariant(part) {
                step = 3
                written.append(part.lowercased())
            } else {
                return nil
            }
        }
        self.text = written.joined(separator: "-")
    }

    private static func isVariant(_ part: Substring) -> Bool {
        guard part.utf8.allSatisfy(\.isASCIILetterOrDigit) else { return false }
        return (5...8).contains(part.utf8.count) || (part.utf8.count == 4 && isDigits(part.prefix(1)))
    }

    private static func isAlpha(_ part: Substring) -> Bool { part.utf8.allSatisfy(\.isASCIILetter) }
    private static func isDigits(_ part: Substring) -> Bool { part.utf8.allSatisfy(\.isASCIIDigit) }
}
