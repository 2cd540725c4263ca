import Testing

@testable import Packager

@Suite("Cue text") struct CueTextTests {
    @Test(
        "In WebVTT known tags are balanced, other tags are dropped, and the rest is escaped",
        arguments: [
            ("plain", "plain"), ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"), ("a</i>b", "ab"), ("<b>", ""),
            ("<script>x</script>", "x"), ("<img src=x onerror=alert(1)>x", "x"), ("a < b > c", "a  c"),
            ("a <b", "a &lt;b"), ("R&D &lt;b&gt; &amp;amp; &#60;&#x3E;", "R&amp;D &lt;b&gt; &amp;amp; &lt;&gt;"),
            ("&bogus; &", "&amp;bogus; &amp;"), ("<c.yellow.bg_blue>x</c>", "<c.yellow.bg_blue>x</c>"),
            ("<c.a\"b>x", "<c>x</c>"), ("<v.loud  Esme \t Weather>x", "<v.loud Esme Weather>x</v>"),
            ("<v a<b>x", "<v a&lt;b>x</v>"), ("<lang en-GB>x</lang>", "<lang en-GB>x</lang>"),
            ("<v a--->x", "<v a>x</v>"), ("<c.a-->x", "<c>x</c>"), ("<v a &amp; &gt; b>x", "<v a &amp; &gt; b>x</v>"),
            ("<lang \"x>y", "<lang>y</lang>"), ("<ruby>a<rt>b</rt></ruby>", "<ruby>a<rt>b</rt></ruby>"),
            ("<00:00:02.500>later", "<00:00:02.500>later"), ("<00:61.000>x", "x"),
            ("a\u{0}\u{7}\u{85}b\u{2028}\u{2028}c", "ab\nc"), ("\n\na\n\n \nb\n", "a\n \nb"), (" \u{A0}\n ", ""),
            ("<v &#32;a&nbsp;&#9; &b>x", "<v a &amp;b>x</v>"), ("x\u{A0}y\u{200F}", "x&nbsp;y\u{200F}"),
            ("😀 שלום", "😀 שלום"),
        ])
    func webVTT(raw: String, text: String) { #expect(WebVTTText.cueText(raw) == text) }

    @Test(
        "SubStation overrides that WebVTT can express are kept; others, comments and drawings are dropped",
        arguments: [
            ("plain", "plain", ""), (#"{\i1}a{\i0} b\Nc\nd\he"#, "<i>a</i> b\nc\nd&nbsp;e", ""),
            (#"{\b700}a{\r}b"#, "<b>a</b>b", ""), (#"{\an8\fad(10,20)}top"#, "top", "line:0"),
            (#"{\a10}middle"#, "middle", "line:50%"), (#"{\an2}below"#, "below", ""),
            (#"{\p1}m 0 0 l 1 1\N{\p0}shown"#, "shown", ""), ("{a comment}x", "x", ""),
            (#"\{literal\} \\ <b> & -->"#, #"{literal} \ &lt;b&gt; &amp; --&gt;"#, ""),
            (#"{\t(\i1)}x{\blur3}y{\ilk}z"#, "xyz", ""), ("open { brace", "open { brace", ""), (#"{\i1}"#, "", ""),
            (#"\N\Na\N\Nb\N"#, "a\nb", ""),
        ])
    func substation(raw: String, text: String, settings: String) {
        #expect(SubstationText.cueText(raw) == (text, settings))
    }

    @Test("Deeply nested tags give bounded, balanced text") func nesting() {
        let raw = String(repeating: "<b>", count: 1000) + "x" + String(repeating: "</b>", count: 1000)
        let text = WebVTTText.cueText(raw)
        #expect(text == String(repeating: "<b>", count: 16) + "x" + String(repeating: "</b>", count: 16))
    }

    @Test(
        "Parsing a formatted speaker's name gives the same name",
        arguments: [
            String(repeating: "&", count: 200), String(repeating: "&amp;", count: 40), "a&#32;&#9;&#8232;b",
            "&nbsp;-a--", String(repeating: "a", count: 63) + "-b", "a \u{1} b\u{301}\u{7F}", "\u{301}", "&#45;&#45;",
            "",
        ])
    func speaker(name: String) {
        for classes in ["", ".a", String(repeating: ".abcdefghijklmnopqrstuvwxyz", count: 6)] {
            let text = WebVTTText.cueText("<v\(classes) \(name)>x</v>")
            #expect(WebVTTText.cueText(text) == text)
        }
    }

    @Test(
        "The time is proportional to the length of the text",
        arguments: ["<", "<b", "{", "{\\", "&", "<<i>", "\n", "-"])
    func hostile(piece: String) {
        let raw = String(repeating: piece, count: 50_000)
        // A search through the rest for each character would take hours.
        #expect(!WebVTTText.cueText(raw).contains("\n\n"))
        #expect(!SubRipText.cueText(raw).text.contains("\n\n"))
        #expect(!SubstationText.cueText(raw).text.contains("\n\n"))
    }

    @Test("Random text never gives an empty line, an arrow or an unknown tag") func random() {
        var numbers = SystemRandomNumberGenerator()
        let pieces = [
            "<", ">", "&", "/", "i", "b", "v ", "c.", "\n", " ", "-->", "{", "\\", "}", "an8", "N", ";", "#", "x", "é",
            "00:01.000", "\r", "\u{0}", "\"",
        ]
        for _ in 0..<2000 {
            let raw = (0..<20).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            for text in [
                WebVTTText.cueText(raw), SubRipText.cueText(raw).text, SubstationText.cueText(raw).text,
            ] {
                #expect(!text.contains("-->") && !text.contains("\n\n") && !text.contains("\r"), "\(raw)")
                #expect(WebVTTText.cueText(text) == text, "\(raw)")
            }
        }
    }
}
