/// Reads captions that somebody has sent: WebVTT or SubRip, whichever the text is.
///
/// Whatever the bytes are, what comes out can be written into a page: text is escaped, tags that WebVTT does not know are
/// gone, those that it knows are balanced.
public enum CaptionReader {
    /// The cues of a file, by time.
    /// - Parameter bytes: UTF-8, with or without a byte order mark; at most ``CaptionLimits/maximumByteCount``.
    /// - Throws: ``CaptionFault`` with the first line that cannot be read.
    public static func cues(_ bytes: some Collection<UInt8>) throws(CaptionFault) -> [CaptionCue] {
        let lines = try CaptionLines(bytes).lines
        let cues = isWebVTT(lines) ? try WebVTTReader.cues(lines) : try SubRipReader.cues(lines)
        // Files may have them in any order; segments and players want them by time.
        return cues.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
    }

    /// Whether the first line is WebVTT's signature (WebVTT 4.1): the word, and a space or tab before anything else.
    private static func isWebVTT(_ lines: [String]) -> Bool {
        guard let first = lines.first, first.hasPrefix("WEBVTT") else { return false }
        let next = first.utf8.dropFirst(6).first
        return next == nil || next == 0x20 || next == 0x09
    }

    /// Adds a cue unless nothing of it would be seen.
    /// - Parameters:
    ///   - line: The number of its timing line.
    /// - Throws: ``CaptionFault`` if a cap is passed.
    static func add(_ cue: CaptionCue, line: Int, to cues: inout [CaptionCue]) throws(CaptionFault) {
        guard cue.text.utf8.count <= CaptionLimits.maximumTextByteCount else {
            throw CaptionFault(
                line: line, reason: "More than \(CaptionLimits.maximumTextByteCount) bytes are shown at once.")
        }
        guard cue.end > cue.start, !cue.text.isEmpty else { return }
        guard cues.count < CaptionLimits.maximumCues else {
            throw CaptionFault(line: line, reason: "There are more than \(CaptionLimits.maximumCues) cues.")
        }
        cues.append(cue)
    }
}
