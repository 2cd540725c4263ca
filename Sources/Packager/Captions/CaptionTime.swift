internal import Ground

/// Parses and formats times of captions.
enum CaptionTime {
    /// Parses a time.
    /// - Parameter isStrict: Whether the time must have the form `mm:ss.ttt` or `h…h:mm:ss.ttt` (WebVTT 4.3). Otherwise, as in
    ///   SubRip files, it has hours and up to three decimals after a comma or a point.
    /// - Returns: Milliseconds, or `nil` if the text is not a time.
    static func milliseconds(_ text: some StringProtocol, isStrict: Bool) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 24 else { return nil }
        let mark = bytes.firstIndex { $0 == 0x2E || $0 == 0x2C }
        let fraction = mark.map { bytes[($0 + 1)...] } ?? []
        if isStrict { guard let mark, bytes[mark] == 0x2E, fraction.count == 3 else { return nil } }
        guard fraction.count <= 3, mark == nil || !fraction.isEmpty, let decimals = number(fraction) else { return nil }
        let parts = bytes[..<(mark ?? bytes.endIndex)].split(separator: 0x3A, omittingEmptySubsequences: false)
        guard parts.count == 3 || (parts.count == 2 && isStrict) else { return nil }
        var seconds: Int64 = 0
        for (index, part) in parts.enumerated() {
            let isHours = parts.count == 3 && index == 0
            guard let value = number(part), !part.isEmpty, part.count <= 6 else { return nil }
            if isStrict, isHours ? part.count < 2 : part.count != 2 { return nil }
            guard isHours || value < 60 else { return nil }
            seconds = seconds * 60 + value
        }
        let scale: [Int64] = [0, 100, 10, 1]
        return seconds * 1000 + decimals * scale[fraction.count]
    }

    /// Formats a time as `01:02:03.004`; hours have at least two digits.
    static func text(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        let hours = DecimalText.padded(seconds / 3600, digits: 2)
        let minutes = DecimalText.padded(seconds / 60 % 60, digits: 2)
        return "\(hours):\(minutes):\(DecimalText.padded(seconds % 60, digits: 2))."
            + DecimalText.padded(milliseconds % 1000, digits: 3)
    }

    /// An unsigned number; 0 without digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard digit.isASCIIDigit, value < 1_000_000 else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }
}
