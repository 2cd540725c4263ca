/// A language of the pages.
public struct Language: Sendable, Hashable {
    /// Its BCP 47 tag, which is the name of its file: `en`.
    public let code: String

    private static let rightToLeft: Set<String> = ["ar", "fa", "he", "ur"]

    /// The value of `dir`: `ltr` or `rtl`.
    public var direction: String { Self.rightToLeft.contains(code) ? "rtl" : "ltr" }

    /// The language of every visitor who asks for none of the others.
    public static let fallback = Language(code: "en")

    /// The language for a visitor: the chosen one, else the one that the browser prefers, else English.
    /// - Parameters:
    ///   - chosen: The value of the cookie `language`.
    ///   - preferences: The value of `Accept-Language` (RFC 9110 section 12.5.4); at most 512 bytes are read.
    ///   - languages: The languages that there are.
    public static func choose(chosen: String?, preferences: String?, of languages: Set<Language>) -> Language {
        if let chosen, let language = languages.first(where: { $0.code == chosen }) { return language }
        let ranges = String(decoding: (preferences ?? "").utf8.prefix(512), as: UTF8.self).split(separator: ",")
        var best: (language: Language, weight: Double)?
        for range in ranges {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let tag = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            let primary = tag.prefix { $0 != "-" }
            guard weight > 0, weight > best?.weight ?? 0 else { continue }
            let language = tag == "*" ? fallback : languages.first { $0.code == primary }
            if let language { best = (language, weight) }
        }
        return best?.language ?? fallback
    }
}
