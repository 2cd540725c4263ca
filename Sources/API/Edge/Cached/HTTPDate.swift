internal import Synchronization

/// The `Date` header (RFC 9110 section 5.6.7), written once a second for all responses of that second.
final class HTTPDate: Sendable {
    private let last = Mutex((second: Int64.min, text: ""))
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The text of a time.
    /// - Parameter milliseconds: Since 1970-01-01 UTC; not before.
    func text(at milliseconds: Int64) -> String {
        let second = milliseconds / 1000
        return last.withLock { last in
            if last.second != second { last = (second, Self.format(second)) }
            return last.text
        }
    }

    private static func format(_ second: Int64) -> String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let day = second / 86_400
        // Counted in eras of 400 years whose years begin in March, so that the day of a leap year is the last of its year.
        let (era, dayOfEra) = (day + 719_468).quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = (monthFromMarch + 2) % 12
        let year = era * 400 + yearOfEra + (month < 2 ? 1 : 0)
        let (hour, minute) = (second % 86_400 / 3600, second % 3600 / 60)
        return "\(days[Int((day + 4) % 7)]), \(two(dayOfMonth)) \(months[Int(month)]) \(year) "
            + "\(two(hour)):\(two(minute)):\(two(second % 60)) GMT"
    }
}
