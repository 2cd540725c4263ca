/// Secrets and names of random characters, from the generator of the system.
public enum RandomText {
    private static let base64URL = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// A secret of 43 characters of base64url (RFC 4648 section 5) with 258 random bits.
    public static func secret() -> String { characters(43, of: base64URL) }

    /// Characters of Crockford's base 32 in lower case, each of five random bits.
    public static func base32(_ count: Int) -> String { characters(count, of: Identifier.alphabet) }

    /// Hexadecimal digits, two for each of so many random bytes.
    public static func hexadecimal(byteCount: Int) -> String {
        var random = SystemRandomNumberGenerator()
        return Hexadecimal.text((0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    /// - Parameter alphabet: As many characters as a power of two has, so that all are equally likely.
    private static func characters(_ count: Int, of alphabet: [UInt8]) -> String {
        var random = SystemRandomNumberGenerator()
        let mask = UInt64(alphabet.count - 1)
        return String(decoding: (0..<count).map { _ in alphabet[Int(random.next() & mask)] }, as: UTF8.self)
    }
}
