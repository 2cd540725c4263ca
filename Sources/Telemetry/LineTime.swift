internal import Ground
internal import Synchronization

/// The time of log lines. Its second is written once for all lines of that second.
final class LineTime: Sendable {
    private struct Written {
        var second: Int64
        /// RFC 3339 up to the point.
        var text: String
    }

    private let last = Mutex(Written(second: .min, text: ""))

    /// RFC 3339 with milliseconds: `2026-01-31T23:59:59.123Z`.
    /// - Parameter milliseconds: Since 1970-01-01 UTC.
    func text(at milliseconds: Int64) -> String {
        let (second, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        guard fraction >= 0 else { return Timestamp(milliseconds).rfc3339 }
        var text = last.withLock { last in
            if last.second != second {
                last = Written(second: second, text: String(Timestamp(milliseconds).rfc3339.dropLast(4)))
            }
            return last.text
        }
        if fraction < 100 { text += fraction < 10 ? "00" : "0" }
        text += String(fraction)
        text += "Z"
        return text
    }
}
