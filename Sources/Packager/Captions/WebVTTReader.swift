/// Reads WebVTT (W3C Candidate Recommendation, section 4): cues with their settings.
///
/// Comments, style sheets and regions are passed over: what styles a page is not for those who send captions.
enum WebVTTReader {
    /// The cues in the file's order.
    /// - Throws: ``CaptionFault`` with the line of a block that is no cue.
    static func cues(_ lines: [String]) throws(CaptionFault) -> [CaptionCue] {
        var cues: [CaptionCue] = []
        // The signature's block may hold metadata, such as a time stamp map.
        var at = blockEnd(lines, after: 0)
        while at < lines.count {
            if CaptionLines.isBlank(lines[at]) {
                at += 1
            } else if isIgnored(lines[at]) {
                at = blockEnd(lines, after: at)
            } else {
                try readCue(lines, &at, into: &cues)
            }
        }
        return cues
    }

    private static func readCue(
        _ lines: [String], _ at: inout Int, into cues: inout [CaptionCue]
    ) throws(CaptionFault) {
        if !CaptionLines.isTiming(lines[at]) {
            // A name for the cue, which nobody needs here.
            at += 1
            guard at < lines.count, CaptionLines.isTiming(lines[at]) else {
                throw CaptionFault(line: at, reason: "This is neither a cue nor a comment.")
            }
        }
        let timing = try CaptionLines.timing(lines[at], number: at + 1, isStrict: true)
        let (line, first) = (at + 1, at + 1)
        at = first
        while at < lines.count, !lines[at].isEmpty, !CaptionLines.isTiming(lines[at]) { at += 1 }
        let cue = CaptionCue(
            start: timing.start, end: timing.end, settings: CueSettings.valid(timing.rest),
            text: WebVTTText.cueText(lines[first..<at].joined(separator: "\n")))
        try CaptionReader.add(cue, line: line, to: &cues)
    }

    /// Where a block that is no cue ends: at an empty line, or at the times of a cue, which no other block can hold (6.1,
    /// "collect a WebVTT block").
    private static func blockEnd(_ lines: [String], after first: Int) -> Int {
        lines[(first + 1)...].firstIndex { $0.isEmpty || isCueTiming($0) } ?? lines.count
    }

    /// Whether a line has the times of a cue; an arrow alone may stand in a comment.
    private static func isCueTiming(_ line: String) -> Bool {
        CaptionLines.isTiming(line) && (try? CaptionLines.timing(line, number: 0, isStrict: true)) != nil
    }

    private static func isIgnored(_ line: String) -> Bool {
        ["NOTE", "STYLE", "REGION"].contains { word in
            line.hasPrefix(word) && line.utf8.dropFirst(word.utf8.count).allSatisfy { $0 == 0x20 || $0 == 0x09 }
        } || line.hasPrefix("NOTE ") || line.hasPrefix("NOTE\t")
    }
}
