import Testing

@testable import Packager

@Suite("Reading captions") struct CaptionReaderTests {
    private func cues(_ text: String) throws -> [CaptionCue] { try CaptionReader.cues(text.utf8) }

    /// Times in milliseconds, settings and text in one line, for comparisons.
    private func plain(_ text: String) throws -> [String] {
        try cues(text).map { "\($0.start)-\($0.end) \($0.settings)|\($0.text)" }
    }

    @Test("WebVTT cues are sorted by time; identifiers and comments are skipped; valid settings are preserved")
    func webVTT() throws {
        let text = """
            \u{FEFF}WEBVTT - a title
            X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000

            NOTE
            not shown --> really
            REGION
            id:fred

            STYLE
            ::cue { color: red }

            2
            00:05.000 --> 00:06.500 align:middle line:90%,end position:10% region:fred size:101% line:1
            second
            line

            first
            100:00:00.000 --> 100:00:00.000
            never seen

            00:00:01.000 --> 00:00:02.000 vertical:rl line:-1\r
            <v Mary & "Bob">Hi</v> there
            00:00:07.000-->00:00:08.000
            no empty line before
            """
        #expect(
            try plain(text.replacing("NOTE\nnot shown --> really\n", with: "NOTE\nnot shown\n")) == [
                "1000-2000 vertical:rl line:-1|<v Mary &amp; \"Bob\">Hi</v> there",
                "5000-6500 align:center line:90%,end position:10%|second\nline", "7000-8000 |no empty line before",
            ])
    }

    @Test("SubRip may have commas or points, and tags and positions, and lack empty lines and counters")
    func subRip() throws {
        let text = """
            1
            00:00:01,000 --> 00:00:02,5
            <i>one</I> & <font color="red">two</font> <3
            2
            00:00:03.000-->00:00:04.000 X1:10 X2:20
            {\\an8}up <b>here

            still the same cue
            00:00:05,000  -->  00:00:06,000
            {a brace} 1 < 2 <unknown>

            4
            0:00:07,000 --> 0:00:08,000


            """
        #expect(
            try plain(text) == [
                "1000-2500 |<i>one</i> &amp; two &lt;3", "3000-4000 line:0|up <b>here\nstill the same cue</b>",
                "5000-6000 |{a brace} 1 &lt; 2 &lt;unknown&gt;",
            ])
        #expect(try plain(text.replacing("\n", with: "\r\n")) == plain(text))
        #expect(try plain(text.replacing("\n", with: "\r")) == plain(text))
    }

    @Test("An empty WebVTT file has no cues") func empty() throws {
        #expect(try cues("WEBVTT").isEmpty)
        // A cue ends any other block, also without an empty line (6.1).
        #expect(try cues("WEBVTT\n00:01.000 --> 00:02.000\na").map(\.text) == ["a"])
        #expect(try cues("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:0\n00:01.000 --> 00:02.000\na").map(\.text) == ["a"])
        #expect(try cues("WEBVTT\n\nNOTE words\n00:01.000 --> 00:02.000\na").map(\.text) == ["a"])
        #expect(try cues("WEBVTT\n\n").isEmpty)
    }

    @Test(
        "An error has the number of its line",
        arguments: [
            ("", 1), ("hello", 1), ("WEBVTTx\n\n00:01.000 --> 00:02.000\na", 1), ("\n\nwhat is this\n", 3),
            ("WEBVTT\n\nstray words\n\n00:01.000 --> 00:02.000\na", 3),
            ("WEBVTT\n\n00:01,000 --> 00:02.000\na", 3), ("WEBVTT\n\n00:01.000 --> 00:61.000\na", 3),
            ("WEBVTT\n\n00:03.000 --> 00:02.000\na", 3), ("WEBVTT\n\n1:00.000 --> 2:00.000\na", 3),
            ("WEBVTT\n\n00:01.000 --> 1000:00:02.000\na", 3), ("1\n00:00:01,000 --> soon\na", 2),
            ("1\n00:00:01,000 --> 00:00:02,000\na\n2\n00:00:03,000 -->\nb", 5),
            ("1\n00:00:01,0000 --> 00:00:02,000\na", 2), ("1\n99999999:00:01,000 --> 99999999:00:02,000\na", 2),
        ])
    func faults(text: String, line: Int) {
        let fault = #expect(throws: CaptionFault.self) { try CaptionReader.cues(text.utf8) }
        #expect(fault?.line == line)
        #expect(fault?.reason.hasSuffix(".") == true)
    }

    @Test("The error for bytes that are not UTF-8 has the number of their line") func encoding() {
        let bytes = Array("1\n00:00:01,000 --> 00:00:02,000\n".utf8) + [0xE4, 0x0A]
        #expect(throws: CaptionFault(line: 3, reason: "The line is not valid UTF-8.")) { try CaptionReader.cues(bytes) }
        #expect(throws: CaptionFault.self) { try CaptionReader.cues([0xFF, 0xFE, 0x31, 0x00]) }
    }

    @Test("The bytes of a cue and the number of cues are limited") func caps() throws {
        let long = String(repeating: "x", count: CaptionLimits.maximumTextByteCount)
        #expect(try cues("WEBVTT\n\n00:01.000 --> 00:02.000\n\(long)").count == 1)
        let fault = #expect(throws: CaptionFault.self) { try cues("WEBVTT\n\n00:01.000 --> 00:02.000\n\(long)x") }
        #expect(fault?.line == 3)
        let one = "00:01.000 --> 00:02.000\na\n\n"
        let most = "WEBVTT\n\n" + String(repeating: one, count: CaptionLimits.maximumCues)
        #expect(try cues(most).count == CaptionLimits.maximumCues)
        #expect(throws: CaptionFault.self) { try cues(most + one) }
    }

    @Test("Parsing formatted cues gives the same cues") func again() throws {
        let text = """
            1
            00:00:01,000 --> 00:00:02,000
            {\\an8}<i>a --&gt; b</i> &amp; <script>alert(1)</script>
            c
            """
        let first = try cues(text)
        let written = WebVTTWriter.text(first)
        #expect(try CaptionReader.cues(written.utf8) == first)
        #expect(
            written == """
                WEBVTT

                00:00:01.000 --> 00:00:02.000 line:0
                <i>a --&gt; b</i> &amp; &lt;script&gt;alert(1)&lt;/script&gt;
                c


                """)
    }
}
