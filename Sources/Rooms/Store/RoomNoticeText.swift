internal import Ground

/// Notices as nodes publish them: lines, of which the first says what it is. JSON has no line breaks of its own.
///
/// - `c {writer} {version} {number of the last event}`, a line with the state (empty if it stays), a line an event
/// - `f`, a line with a frame
/// - `r`
enum RoomNoticeText {
    private static let lineBreak = UInt8(ascii: "\n")

    static func change(
        by writer: String, version: Int64, sequence: Int64, state: [UInt8], events: [StoredEvent]
    ) -> [UInt8] {
        var text = Array("c \(writer) \(version) \(sequence)\n".utf8) + state
        for event in events {
            text.append(lineBreak)
            text += event.text
        }
        return text
    }

    static func passing(_ frame: [UInt8]) -> [UInt8] { Array("f\n".utf8) + frame }

    static let reconsider = Array("r".utf8)

    /// Reads a notice.
    /// - Parameter writer: Whose changes are known already: they are `nil`.
    static func read(_ text: [UInt8], except writer: String) -> RoomNotice? {
        let lines = text.split(separator: lineBreak, omittingEmptySubsequences: false)
        let head = String(decoding: lines[0], as: UTF8.self).split(separator: " ")
        switch head.first {
        case "f" where lines.count == 2 && String(validating: lines[1], as: UTF8.self) != nil:
            return .passing(Array(lines[1]))
        case "r": return .reconsider
        case "c" where head.count == 4 && lines.count >= 2:
            guard head[1] != writer else { return nil }
            return change(head, lines)
        default: return .gap
        }
    }

    private static func change(_ head: [Substring], _ lines: [ArraySlice<UInt8>]) -> RoomNotice {
        guard let version = Int64(head[2]), let sequence = Int64(head[3]), version > 0, sequence >= 0 else {
            return .gap
        }
        var news = RoomDelta(version: version, sequence: sequence, state: nil, events: [])
        if !lines[1].isEmpty {
            guard let state = try? JSONText.decode(RoomState.self, lines[1]) else { return .gap }
            news.state = state
        }
        for line in lines.dropFirst(2) {
            guard let event = StoredEvent(Array(line)) else { return .gap }
            news.events.append(event)
        }
        return .changed(news)
    }
}
