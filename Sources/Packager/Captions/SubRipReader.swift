/// Reads SubRip, for which there is no specification, as editors and players have it in practice.
///
/// What makes a cue is its timing line. Counters and empty lines may be missing, empty lines may stand inside a cue, the
/// times' decimals may follow a comma or a point.
enum SubRipReader {
    /// The cues in the file's order.
    /// - Throws: ``CaptionFault`` with the line that is no time, or the first line if the text has no cue at all.
    static func cues(_ lines: [String]) throws(CaptionFault) -> [CaptionCue] {
        let places = lines.indices.filter { CaptionLines.isTiming(lines[$0]) }
        let head = lines[..<(places.first ?? lines.count)]
        if let stray = head.firstIndex(where: { !CaptionLines.isBlank($0) && !isCounter($0) }) {
            throw CaptionFault(line: stray + 1, reason: "This is neither WebVTT nor SubRip.")
        }
        guard !places.isEmpty else { throw CaptionFault(line: 1, reason: "This is neither WebVTT nor SubRip.") }
        var cues: [CaptionCue] = []
        for (index, place) in places.enumerated() {
            let timing = try CaptionLines.timing(lines[place], number: place + 1, isStrict: false)
            let next = index + 1 < places.count ? places[index + 1] : lines.count
            var body = lines[(place + 1)..<next]
            // The next cue's counter.
            if next < lines.count, let last = body.last, isCounter(last) { body.removeLast() }
            let words = body.filter { !CaptionLines.isBlank($0) }.joined(separator: "\n")
            let (text, settings) = SubRipText.cueText(words)
            try CaptionReader.add(
                CaptionCue(start: timing.start, end: timing.end, settings: settings, text: text), line: place + 1,
                to: &cues)
        }
        return cues
    }

    private static func isCounter(_ line: String) -> Bool {
        let digits = line.utf8.filter { $0 != 0x20 && $0 != 0x09 }
        return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}
