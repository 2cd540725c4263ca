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
