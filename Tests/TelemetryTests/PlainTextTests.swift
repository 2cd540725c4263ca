import Telemetry
import Testing

@Suite("Untrusted text") struct PlainTextTests {
    @Test("A sentence has one line and an end") func sentence() {
        #expect(PlainText.sentence("two\r\nlines\tand\u{2028}more", 100) == "two  lines and more")
        #expect(PlainText.sentence("\u{1B}[31m\u{9B}1m\u{0}", 100) == "\u{FFFD}[31m\u{FFFD}1m\u{FFFD}")
        #expect(PlainText.sentence("abcdef", 3) == "abc…")
        #expect(PlainText.sentence("abc", 3) == "abc")
    }

    @Test("Lines stay, and languages that are written from right to left") func lines() {
        #expect(PlainText.lines("one\n\ttwo שלום 🎬") == "one\n\ttwo שלום 🎬")
        #expect(PlainText.lines("one\rtwo\u{202E}\u{2066}\u{85}") == "one\u{FFFD}two\u{FFFD}\u{FFFD}\u{FFFD}")
    }
}
