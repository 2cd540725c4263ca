internal import Ground

/// Converts the three-letter language codes of containers to the BCP 47 tags and display names of playlists.
public enum LanguageName {
    /// The shortest BCP 47 tag, in lower case: `en` for `eng`; tags of one language are equal. A code outside the table is returned if it has the form of a tag, otherwise
    /// `und`.
    public static func tag(_ code: String) -> String {
        let code = code.lowercased()
        if let entry = entry(code) { return entry.tag }
        let isTag =
            (2...35).contains(code.utf8.count)
            && code.utf8.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") }
        return isTag ? code : "und"
    }

    /// The code as a file has it, if it has the form of one, otherwise `und`: a file can hold any text there.
    public static func code(_ code: String) -> String { tag(code) == "und" ? "und" : code }

    /// A distinct display name for each code: names must differ within a group (RFC 8216bis 4.4.6.1.1).
    static func distinctNames(_ codes: [String]) -> [String] {
        distinct(
            codes.map { code in
                let tag = tag(code)
                return entry(tag)?.name ?? (tag == "und" ? "Audio" : tag)
            })
    }

    /// The names, with numbers from 2 on after repeated ones.
    static func distinct(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            var candidate = name
            var number = 2
            while !taken.insert(candidate).inserted {
                candidate = "\(name) \(number)"
                number += 1
            }
            return candidate
        }
    }

    private struct Entry {
        let tag: String
        let codes: [String]
        let name: String
    }

    private static func entry(_ code: String) -> Entry? {
        table.first { $0.tag == code || $0.codes.contains(code) }
    }

    private static let table: [Entry] = [
        Entry(tag: "ar", codes: ["ara"], name: "Arabic"),
        Entry(tag: "bg", codes: ["bul"], name: "Bulgarian"),
        Entry(tag: "bn", codes: ["ben"], name: "Bengali"),
        Entry(tag: "ca", codes: ["cat"], name: "Catalan"),
        Entry(tag: "cs", codes: ["ces", "cze"], name: "Czech"),
        Entry(tag: "da", codes: ["dan"], name: "Danish"),
        Entry(tag: "de", codes: ["deu", "ger"], name: "German"),
        Entry(tag: "el", codes: ["ell", "gre"], name: "Greek"),
        Entry(tag: "en", codes: ["eng"], name: "English"),
        Entry(tag: "es", codes: ["spa"], name: "Spanish"),
        Entry(tag: "et", codes: ["est"], name: "Estonian"),
        Entry(tag: "eu", codes: ["eus", "baq"], name: "Basque"),
        Entry(tag: "fa", codes: ["fas", "per"], name: "Persian"),
        Entry(tag: "fi", codes: ["fin"], name: "Finnish"),
        Entry(tag: "fr", codes: ["fra", "fre"], name: "French"),
        Entry(tag: "ga", codes: ["gle"], name: "Irish"),
        Entry(tag: "gl", codes: ["glg"], name: "Galician"),
        Entry(tag: "he", codes: ["heb"], name: "Hebrew"),
        Entry(tag: "hi", codes: ["hin"], name: "Hindi"),
        Entry(tag: "hr", codes: ["hrv"], name: "Croatian"),
        Entry(tag: "hu", codes: ["hun"], name: "Hungarian"),
        Entry(tag: "id", codes: ["ind"], name: "Indonesian"),
        Entry(tag: "is", codes: ["isl", "ice"], name: "Icelandic"),
        Entry(tag: "it", codes: ["ita"], name: "Italian"),
        Entry(tag: "ja", codes: ["jpn"], name: "Japanese"),
        Entry(tag: "ko", codes: ["kor"], name: "Korean"),
        Entry(tag: "la", codes: ["lat"], name: "Latin"),
        Entry(tag: "lt", codes: ["lit"], name: "Lithuanian"),
        Entry(tag: "lv", codes: ["lav"], name: "Latvian"),
        Entry(tag: "ms", codes: ["msa", "may"], name: "Malay"),
        Entry(tag: "nl", codes: ["nld", "dut"], name: "Dutch"),
        Entry(tag: "no", codes: ["nor"], name: "Norwegian"),
        Entry(tag: "pl", codes: ["pol"], name: "Polish"),
        Entry(tag: "pt", codes: ["por"], name: "Portuguese"),
        Entry(tag: "ro", codes: ["ron", "rum"], name: "Romanian"),
        Entry(tag: "ru", codes: ["rus"], name: "Russian"),
        Entry(tag: "sk", codes: ["slk", "slo"], name: "Slovak"),
        Entry(tag: "sl", codes: ["slv"], name: "Slovenian"),
        Entry(tag: "sq", codes: ["sqi", "alb"], name: "Albanian"),
        Entry(tag: "sr", codes: ["srp"], name: "Serbian"),
        Entry(tag: "sv", codes: ["swe"], name: "Swedish"),
        Entry(tag: "ta", codes: ["tam"], name: "Tamil"),
        Entry(tag: "te", codes: ["tel"], name: "Telugu"),
        Entry(tag: "th", codes: ["tha"], name: "Thai"),
        Entry(tag: "tr", codes: ["tur"], name: "Turkish"),
        Entry(tag: "uk", codes: ["ukr"], name: "Ukrainian"),
        Entry(tag: "ur", codes: ["urd"], name: "Urdu"),
        Entry(tag: "vi", codes: ["vie"], name: "Vietnamese"),
        Entry(tag: "zh", codes: ["zho", "chi"], name: "Chinese"),
    ]
}
