internal import Ground
internal import Synchronization

/// The `Date` header (RFC 9110 section 5.6.7), written once a second for all responses of that second.
final class HTTPDate: Sendable {
    private let last = Mutex((second: Int64.min, text: ""))

    /// The text of a time.
    /// - Parameter milliseconds: Since 1970-01-01 UTC.
    func text(at milliseconds: Int64) -> String {
        let second = milliseconds / 1000
        return last.withLock { last in
            if last.second != second { last = (second, Timestamp(milliseconds).httpDate) }
            return last.text
        }
    }
}
