import Packager

extension FuzzedParser {
    /// Captions that owners send: WebVTT and SubRip.
    static let captionTexts: [FuzzedParser] = [
        FuzzedParser(
            "captions",
            texts: [
                "WEBVTT - title\n\nNOTE a\nb\n\nSTYLE\n::cue { color: red }\n\nname\n00:01.000 --> 00:02.500 line:0 align:start\n"
                    + "<v Fred>Hi &amp; <i>ho</i>\n- 2\n\n01:00:00.000 --> 01:00:00.001\n\n",
                "1\r\n00:00:01,000 --> 00:00:02,5\r\n{\\an8}<font color=\"red\">Hi</font>\r\n2\r\n00:00:03.000 --> 00:00:04.000\r\nho\r\n",
                "\u{feff}WEBVTT\n\n00:00.000 --> 99:59:59.999\n<c.a.b><ruby>x<rt>y</rt></ruby><00:01.000>z</c>\n",
            ],
            words: [
                " --> ", "-->", "\n\n", "\r\n", "\r", "WEBVTT", "NOTE", "STYLE", "REGION", "00:00.000", "<", ">",
                "</i>",
                "&", "&lt;", "&#0;", "{\\an8}", "line:", "position:50%", "\0", "\u{202e}", "1\n",
            ]
        ) { text, _ in
            let cues: [CaptionCue]
            do { cues = try CaptionReader.cues(text.utf8) } catch { throw Refused() }
            try require(cues.count <= CaptionLimits.maximumCues, "no more cues than are allowed")
            for cue in cues {
                try require(
                    0 <= cue.start && cue.start < cue.end && cue.end <= CaptionLimits.maximumMilliseconds,
                    "times that rise: \(cue.start) \(cue.end)")
                try require(!cue.text.contains("-->"), "no arrow in a cue's text")
            }
            let written = WebVTTWriter.text(cues)
            try require(try CaptionReader.cues(written.utf8) == cues, "what was read and written is read as the same")
        }
    ]
}
