/// Classes of the characters of ASCII, as grammars of RFC 5234 and RFC 3986 use them. Every other byte is in none of them.
extension UInt8 {
    /// `0` to `9`.
    public var isASCIIDigit: Bool { (0x30...0x39).contains(self) }

    /// `A` to `Z` and `a` to `z`.
    public var isASCIILetter: Bool { (0x41...0x5A).contains(self & 0xDF) }

    /// A letter or a digit.
    public var isASCIILetterOrDigit: Bool { isASCIIDigit || isASCIILetter }

    /// `0` to `9`, `A` to `F` and `a` to `f`.
    public var isASCIIHexDigit: Bool { Hexadecimal.value(ofDigit: self) != nil }

    /// A character that a URL never needs to escape (RFC 3986 section 2.3): a letter, a digit, or one of `-._~`.
    public var isURLUnreserved: Bool {
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isASCIILetterOrDigit
        }
    }
}

/// Bytes as hexadecimal digits in lower case (RFC 4648 section 8), such as digests.
public enum Hexadecimal {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Two digits a byte.
    public static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The value of a digit in either case, 0 to 15; `nil` for any other character.
    public static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
