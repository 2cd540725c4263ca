internal import Ground

/// The text form of notices: lines of which the first names the kind. The JSON in them has no line breaks.
///
/// - `c {writer} {version} {number of the last event}`, a line with the state (empty if it stays), a line an event
/// - `f`, a line with an ephemeral frame
/// - `r`: the room's row changed
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

    static func ephemeral(_ frame: [UInt8]) -> [UInt8] { Array("f\n".utf8) + frame }

    static let rowChanged = Array("r".utf8)

    /// Decodes a notice; what is not one gives ``RoomNotice/gap``.
    /// - Parameter writer: The reader's own name; its own changes give `nil`.
    static func read(_ text: [UInt8], except writer: String) -> RoomNotice? {
        let lines = text.split(separator: lineBreak, omittingEmptySubsequences: false)
        let head = String(decoding: lines[0], as: UTF8.self).split(separator: " ")
        switch head.first {
        case "f" where lines.count == 2 && String(validating: lines[1], as: UTF8.self) != nil:
            return .ephemeral(Array(lines[1]))
        case "r": return .rowChanged
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
        var delta = RoomDelta(version: version, sequence: sequence, state: nil, events: [])
        if !lines[1].isEmpty {
            guard let state = try? JSONText.decode(RoomState.self, lines[1]) else { return .gap }
            delta.state = state
        }
        for line in lines.dropFirst(2) {
            guard let event = StoredEvent(Array(line)) else { return .gap }
            delta.events.append(event)
        }
        return .changed(delta)
    }
}
