import Foundation
import Ground

@testable import Ingest
@testable import Packager
@testable import Telemetry

extension FuzzedParser {
    private static let marks = [
        "/", "\\", "..", "\0", "\n", "\u{202E}", "\u{2066}", "\u{85}", "\u{1B}[2J", "é", "🎬", "<script>", "\u{2028}",
    ]

    /// Names and words of people.
    static let peoplesWords: [FuzzedParser] = [
        FuzzedParser(
            "file-name",
            texts: ["holiday.mov", "C:\\a\\b.mp4", "../../etc/passwd", "…\u{202E}4pm.exe", "  . .", "\u{FEFF}x"],
            words: marks
        ) { text, _ in
            if let name = DisplayFileName.clean(text) {
                try require((1...DisplayFileName.maximumByteCount).contains(name.utf8.count), "1…255 bytes")
                try require(!name.contains("/") && !name.contains("\\"), "no path")
                try require(PlainText.lines(name) == name && !name.contains("\n"), "no mark that acts")
                try require(DisplayFileName.clean(name) == name, "what is clean stays as it is")
            }
            let title = VideoTitle.fallback(fileName: text)
            try require(VideoTitle.clean(title) == title, "a title that may be one")
        },
        FuzzedParser("plain-text", texts: ["A\u{1B}[31mred\u{202E}\r\nline\ttab", "", "plain"], words: marks) {
            text, _ in
            let lines = PlainText.lines(text)
            try require(PlainText.lines(lines) == lines, "what is plain stays as it is")
            let sentence = PlainText.sentence(text, 20)
            try require(sentence.unicodeScalars.count <= 21 && !sentence.contains("\n"), "a short line")
            try require(PlainText.sentence(sentence, 21) == sentence, "what is plain stays as it is")
        },
        FuzzedParser("json-text", texts: ["a\"b\\c\u{1}\u{2028}", ""], words: marks + ["\"", "\\"]) { text, _ in
            let read = try JSONDecoder().decode([String].self, from: Data("[\(JSONString.quoted(text))]".utf8))
            try require(read == [text], "a quoted text is read as it was")
        },
        FuzzedParser("language", texts: ["eng", "de", "zh-Hant", "und", "x\"y"], words: marks + ["-", "EN"]) {
            text, _ in
            let tag = LanguageName.tag(text)
            try require(tag.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 }, "a tag")
            let names = LanguageName.distinctNames([text, text, "eng", text])
            try require(Set(names).count == 4, "no two names the same")
        },
    ]
}
