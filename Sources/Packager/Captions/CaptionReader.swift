/// Parses uploaded captions in WebVTT or SubRip format.
///
/// The bytes are untrusted. The text of cues is safe for a page: it is escaped, and only balanced WebVTT tags remain.
public enum CaptionReader {
    /// The cues of a file, sorted by time.
    /// - Parameter bytes: UTF-8, with or without a byte order mark; at most ``CaptionLimits/maximumByteCount``.
    /// - Throws: ``CaptionFault`` with the first invalid line.
    public static func cues(_ bytes: some Collection<UInt8>) throws(CaptionFault) -> [CaptionCue] {
        let lines = try CaptionLines(bytes).lines
        let cues = isWebVTT(lines) ? try WebVTTReader.cues(lines) : try SubRipReader.cues(lines)
        // Files may have them in any order; segments and players need them sorted by time.
        return cues.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
    }

    /// Whether the first line is WebVTT's signature (WebVTT 4.1): `WEBVTT`, alone or followed by a space or tab.
    private static func isWebVTT(_ lines: [String]) -> Bool {
        guard let first = lines.first, first.hasPrefix("WEBVTT") else { return false }
        let next = first.utf8.dropFirst(6).first
        return next == nil || next == 0x20 || next == 0x09
    }

    /// Adds a cue unless it is invisible.
    /// - Parameter line: The number of its timing line.
    /// - Throws: ``CaptionFault`` if a limit is exceeded.
    static func add(_ cue: CaptionCue, line: Int, to cues: inout [CaptionCue]) throws(CaptionFault) {
        guard cue.text.utf8.count <= CaptionLimits.maximumTextByteCount else {
            throw CaptionFault(
                line: line, reason: "The text of the cue has more than \(CaptionLimits.maximumTextByteCount) bytes.")
        }
        guard cue.end > cue.start, !cue.text.isEmpty else { return }
        guard cues.count < CaptionLimits.maximumCues else {
            throw CaptionFault(line: line, reason: "There are more than \(CaptionLimits.maximumCues) cues.")
        }
        cues.append(cue)
    }
}

/// The lines of a caption file. A line ends with a carriage return, a line feed or both (WebVTT 4.1).
struct CaptionLines {
    /// The lines without line ends.
    let lines: [String]

    /// Splits bytes into lines and skips a byte order mark.
    /// - Throws: ``CaptionFault`` with the first line that is not valid UTF-8.
    init(_ bytes: some Collection<UInt8>) throws(CaptionFault) {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [String] = []
        while !rest.isEmpty {
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
            guard let line = String(validating: rest[..<end], as: UTF8.self) else {
                throw CaptionFault(line: lines.count + 1, reason: "The line is not valid UTF-8.")
            }
            lines.append(line)
            guard end != rest.endIndex else { break }
            let isReturn = rest[end] == 0x0D
            rest = rest[rest.index(after: end)...]
            if isReturn, rest.first == 0x0A { rest = rest.dropFirst() }
        }
        self.lines = lines
    }

    /// Whether a line has the arrow of a timing line.
    static func isTiming(_ line: String) -> Bool { line.utf8.contains(0x2D) && line.contains("-->") }

    /// Whether a line is empty or has only white space.
    static func isBlank(_ line: String) -> Bool { line.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// Parses a timing line.
    /// - Parameter isStrict: Whether times must follow WebVTT exactly.
    /// - Throws: ``CaptionFault`` if it does not have two times in order.
    static func timing(_ line: String, number: Int, isStrict: Bool) throws(CaptionFault) -> CaptionTiming {
        guard let arrow = line.firstRange(of: "-->") else {
            throw CaptionFault(line: number, reason: "The line needs two times with an arrow (-->) between them.")
        }
        let tail = line[arrow.upperBound...].drop { $0 == " " || $0 == "\t" }
        let second = tail.prefix { $0 != " " && $0 != "\t" }
        let first = line[..<arrow.lowerBound].filter { $0 != " " && $0 != "\t" }
        guard let start = CaptionTime.milliseconds(first, isStrict: isStrict),
            let end = CaptionTime.milliseconds(second, isStrict: isStrict)
        else {
            throw CaptionFault(
                line: number, reason: "A time beside the arrow (-->) is not valid: write it like 00:01:59.000.")
        }
        guard end <= CaptionLimits.maximumMilliseconds, start <= CaptionLimits.maximumMilliseconds else {
            throw CaptionFault(line: number, reason: "The times are later than 100 hours.")
        }
        guard end >= start else { throw CaptionFault(line: number, reason: "The cue ends before it starts.") }
        return CaptionTiming(start: start, end: end, rest: String(tail[second.endIndex...]))
    }
}

/// A parsed timing line.
struct CaptionTiming {
    /// Start in milliseconds.
    let start: Int64
    /// End in milliseconds; not before `start`.
    let end: Int64
    /// The text after the times.
    let rest: String
}
