import MediaModel
import Telemetry

/// A table of text columns.
enum TextTable {
    /// Renders the header and rows, each column as wide as its widest cell. Line breaks and control characters in cells are
    /// removed.
    static func render(header: [String], rows: [[String]]) -> String {
        let all = [header] + rows.map { $0.map { PlainText.sentence($0, 1000) } }
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = zip(row, widths).map { pad($0, $1) }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    /// The text, padded with spaces to a width.
    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

/// A fraction as text.
enum Percent {
    /// `37 %`, right-aligned.
    static func text(_ fraction: Double) -> String {
        let number = String(Int((max(0, min(1, fraction)) * 100).rounded(.down)))
        return String(repeating: " ", count: max(0, 3 - number.count)) + number + " %"
    }
}

/// A length of time as text.
enum Age {
    /// `12s`, `5m`, `3h`, `2d`.
    static func text(_ milliseconds: Int64) -> String {
        switch max(0, milliseconds) / 1000 {
        case let seconds where seconds < 120: "\(seconds)s"
        case let seconds where seconds < 7200: "\(seconds / 60)m"
        case let seconds where seconds < 172_800: "\(seconds / 3600)h"
        case let seconds: "\(seconds / 86_400)d"
        }
    }

    /// The time from start to end; empty if one is missing.
    static func took(_ start: Int64?, _ end: Int64?) -> String {
        guard let start, let end, end >= start else { return "" }
        let tenths = (end - start) / 100
        return "\(tenths / 10).\(tenths % 10)s"
    }
}

/// The work of a task as text.
enum WorkText {
    static func text(_ item: WorkItem) -> String {
        switch item {
        case .probe, .images, .subtitles, .publish: item.kind
        case .video(let range, let rungs):
            "video \(text(range)) \(rungs.joined(separator: ","))"
        case .passthrough(let rung, let range): "keep \(range.map { text($0) + " " } ?? "")\(rung)"
        case .audio(let track, let range): "audio \(range.map { text($0) + " " } ?? "")\(track)"
        case .reuse(let generation, let tracks): "reuse g\(generation) \(tracks.joined(separator: ","))"
        }
    }

    /// The numbers of the segments, counted from 1.
    private static func text(_ range: SegmentRange) -> String { "\(range.first + 1)–\(range.first + range.count)" }
}
