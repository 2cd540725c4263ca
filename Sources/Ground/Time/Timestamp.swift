/// A time in UTC as protocols write it, without a calendar library. Times outside the years 0 to 9999 are moved to the
/// nearest of them.
public struct Timestamp: Sendable, Hashable {
    private let milliseconds: Int64

    /// - Parameter milliseconds: Milliseconds since 1970-01-01 UTC.
    public init(_ milliseconds: Int64) {
        self.milliseconds = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    }

    /// RFC 3339 with milliseconds: `2026-01-31T23:59:59.123Z`.
    public var rfc3339: String {
        let (year, month, day) = date
        let clock = time.map { pad($0, 2) }.joined(separator: ":")
        let fraction = pad(Self.floorDivide(milliseconds, 1000).remainder, 3)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(clock).\(fraction)Z"
    }

    /// The form of HTTP headers (RFC 9110 section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
    public var httpDate: String {
        let (year, month, day) = date
        // 1970-01-01 was a Thursday.
        let weekday = Int(Self.floorDivide(days + 4, 7).remainder)
        let clock = time.map { pad($0, 2) }.joined(separator: ":")
        return "\(Self.weekdays[weekday]), \(pad(day, 2)) \(Self.months[Int(month) - 1]) \(pad(year, 4)) \(clock) GMT"
    }

    /// The day in the basic form of ISO 8601, which signatures of S3 are made for: `20130524`.
    public var basicDay: String {
        let (year, month, day) = date
        return pad(year, 4) + pad(month, 2) + pad(day, 2)
    }

    /// The second in the basic form of ISO 8601, which requests to S3 contain: `20130524T000000Z`.
    public var basic: String { basicDay + "T" + time.map { pad($0, 2) }.joined() + "Z" }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private var days: Int64 { Self.floorDivide(milliseconds, 86_400_000).quotient }

    /// Hour, minute and second.
    private var time: [Int64] {
        let seconds = Self.floorDivide(milliseconds, 86_400_000).remainder / 1000
        return [seconds / 3600, seconds / 60 % 60, seconds % 60]
    }

    /// The proleptic Gregorian date, counted in eras of 400 years that begin on 1 March
    /// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    private var date: (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = Self.floorDivide(days + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: by)
        return remainder < 0 ? (quotient - 1, remainder + by) : (quotient, remainder)
    }

    private func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
