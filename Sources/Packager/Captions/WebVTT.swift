/// Parses WebVTT (W3C Candidate Recommendation, section 4): cues with their settings.
///
/// Ignores comments and regions, and style sheets, since an uploader must not style pages.
enum WebVTTReader {
    /// The cues in the order of the file.
    /// - Throws: ``CaptionFault`` with the line of an invalid block.
    static func cues(_ lines: [String]) throws(CaptionFault) -> [CaptionCue] {
        var cues: [CaptionCue] = []
        // The signature's block may contain metadata, such as a timestamp map.
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
            // The cue's identifier, which is ignored.
            at += 1
            guard at < lines.count, CaptionLines.isTiming(lines[at]) else {
                throw CaptionFault(line: at, reason: "The block is neither a cue nor a comment.")
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

    /// The end of a block that is not a cue: an empty line, or the timing line of a cue (6.1, "collect a WebVTT block").
    private static func blockEnd(_ lines: [String], after first: Int) -> Int {
        lines[(first + 1)...].firstIndex { $0.isEmpty || isCueTiming($0) } ?? lines.count
    }

    /// Whether a line is a valid timing line; a comment may contain an arrow.
    private static func isCueTiming(_ line: String) -> Bool {
        CaptionLines.isTiming(line) && (try? CaptionLines.timing(line, number: 0, isStrict: true)) != nil
    }

    private static func isIgnored(_ line: String) -> Bool {
        ["NOTE", "STYLE", "REGION"].contains { word in
            line.hasPrefix(word) && line.utf8.dropFirst(word.utf8.count).allSatisfy { $0 == 0x20 || $0 == 0x09 }
        } || line.hasPrefix("NOTE ") || line.hasPrefix("NOTE\t")
    }
}

/// Formats cues as WebVTT (section 4).
public enum WebVTTWriter {
    /// Maps time 0 of the cues to time 0 of the media, at which the edit lists put the first frame and the first sample (RFC
    /// 8216bis 3.1.4; Apple 5.3).
    static let timestampMap = "X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000"

    /// A complete file, for a `<track>` element or a DASH player.
    public static func text(_ cues: some Sequence<CaptionCue>) -> String { text(cues, head: "WEBVTT\n") }

    /// A segment of an HLS rendition, with the cues that are visible in it at their original times.
    static func segment(_ cues: some Sequence<CaptionCue>) -> String { text(cues, head: "WEBVTT\n\(timestampMap)\n") }

    private static func text(_ cues: some Sequence<CaptionCue>, head: String) -> String {
        var text = head + "\n"
        for cue in cues {
            let settings = cue.settings.isEmpty ? "" : " " + cue.settings
            text += "\(CaptionTime.text(cue.start)) --> \(CaptionTime.text(cue.end))\(settings)\n\(cue.text)\n\n"
        }
        return text
    }
}
