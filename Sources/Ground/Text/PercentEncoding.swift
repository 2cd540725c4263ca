/// Text in URLs, with everything escaped but unreserved characters (RFC 3986 section 2).
public enum PercentEncoding {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Escapes the UTF-8 bytes of a text; a slash stays only where paths are encoded.
    public static func encode(_ text: String, keepingSlash: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte.isURLUnreserved || (keepingSlash && byte == UInt8(ascii: "/")) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text behind an encoding; `nil` for a `%` without two digits, and for bytes that are not UTF-8.
    public static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "%") {
                guard let value = byteOfEscape(rest) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The byte that the escape at the beginning stands for; `nil` if there is none.
    public static func byteOfEscape(_ text: some Collection<UInt8>) -> UInt8? {
        let start = Array(text.prefix(3))
        guard start.count == 3, start[0] == UInt8(ascii: "%"), let high = Hexadecimal.value(ofDigit: start[1]),
            let low = Hexadecimal.value(ofDigit: start[2])
        else { return nil }
        return high << 4 | low
    }
}
