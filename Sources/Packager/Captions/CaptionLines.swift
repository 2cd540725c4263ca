/// The lines of a caption file. A carriage return, a line feed or both end one (WebVTT 4.1).
struct CaptionLines {
    /// The lines, without their ends.
    let lines: [String]

    /// Splits bytes; a byte order mark at their start is passed over.
    /// - Throws: ``CaptionFault`` with the first line that is not UTF-8.
    init(_ bytes: some Collection<UInt8>) throws(CaptionFault) {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var lines: [String] = []
        while !rest.isEmpty {
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? rest.endIndex
            guard let line = String(validating: rest[..<end], as: UTF8.self) else {
                throw CaptionFault(line: lines.count + 1, reason: "This line is not UTF-8.")
            }
            lines.append(line)
            guard end != rest.endIndex else { break }
            let isReturn = rest[end] == 0x0D
            rest = rest[rest.index(after: end)...]
            if isReturn, rest.first == 0x0A { rest = rest.dropFirst() }
        }
        self.lines = lines
    }

    /// Whether a line says from when to when something is shown.
    static func isTiming(_ line: String) -> Bool { line.utf8.contains(0x2D) && line.contains("-->") }

    /// Whether a line has nothing but white space.
    static func isBlank(_ line: String) -> Bool { line.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 } }

    /// Both times of a timing line, and what follows them.
    /// - Parameter isStrict: Whether times must look as WebVTT wants them.
    /// - Throws: ``CaptionFault`` for anything that is not two times in order.
    static func timing(_ line: String, number: Int, isStrict: Bool) throws(CaptionFault) -> CaptionTiming {
        guard let arrow = line.firstRange(of: "-->") else {
            throw CaptionFault(line: number, reason: "An arrow (-->) between two times is wanted.")
        }
        let tail = line[arrow.upperBound...].drop { $0 == " " || $0 == "\t" }
        let second = tail.prefix { $0 != " " && $0 != "\t" }
        let first = line[..<arrow.lowerBound].filter { $0 != " " && $0 != "\t" }
        guard let start = CaptionTime.milliseconds(first, isStrict: isStrict),
            let end = CaptionTime.milliseconds(second, isStrict: isStrict)
        else { throw CaptionFault(line: number, reason: "These are not two times with an arrow (-->) between them.") }
        guard end <= CaptionLimits.maximumMilliseconds, start <= CaptionLimits.maximumMilliseconds else {
            throw CaptionFault(line: number, reason: "These times are too late.")
        }
        guard end >= start else { throw CaptionFault(line: number, reason: "This ends before it begins.") }
        return CaptionTiming(start: start, end: end, rest: String(tail[second.endIndex...]))
    }
}

/// A timing line, read.
struct CaptionTiming {
    /// Milliseconds.
    let start: Int64
    /// Milliseconds; not before `start`.
    let end: Int64
    /// What follows the times.
    let rest: String
}
