/// Formats numbers for playlists from integers, without floating point and locales.
enum DecimalText {
    /// A fixed-point number.
    /// - Parameters:
    ///   - count: The number in units of the last decimal; negative values give 0.
    ///   - decimals: Digits after the point: 6 for millionths.
    static func fixed(_ count: Int64, decimals: Int) -> String {
        let digits = String(max(0, count))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// Seconds with up to six decimals, without trailing zeros: `4`, `4.010667`.
    static func shortSeconds(microseconds: Int64) -> String {
        var text = fixed(microseconds, decimals: 6)
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    /// A whole number with leading zeros.
    static func padded(_ value: Int64, digits: Int) -> String {
        let text = String(max(0, value))
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
