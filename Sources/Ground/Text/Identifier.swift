/// Names of rows: a prefix that says what it names, then 26 characters that sort by the time of creation.
///
/// The characters are those of a ULID in lower case: 48 bits of milliseconds, 80 random bits, in Crockford's base 32.
public enum Identifier {
    /// What an identifier names: a short text and an underscore, such as `vid_`. Each domain module declares its own.
    public struct Prefix: Sendable, Hashable, ExpressibleByStringLiteral {
        /// The prefix with its underscore.
        public let text: String

        /// A prefix as written, underscore included.
        public init(stringLiteral text: String) {
            self.text = text
        }
    }

    /// Crockford's base 32 in lower case.
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A new identifier.
    /// - Parameters:
    ///   - prefix: What it names.
    ///   - time: Milliseconds since 1970; negative times count as 0.
    ///   - random: Where the 80 random bits come from.
    public static func make(
        prefix: Prefix, at time: Int64, random: inout some RandomNumberGenerator
    ) -> String {
        var characters = Array(prefix.text.utf8)
        let milliseconds = UInt64(max(0, time)) & 0xFFFF_FFFF_FFFF
        for index in (0..<10).reversed() { characters.append(alphabet[Int(milliseconds >> (UInt64(index) * 5)) & 31]) }
        for _ in 0..<2 {
            let bits = random.next()
            for index in 0..<8 {
                characters.append(alphabet[Int(truncatingIfNeeded: bits >> (UInt64(index) * 5)) & 31])
            }
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// A new identifier with random bits of the system.
    public static func make(prefix: Prefix, at time: Int64) -> String {
        var random = SystemRandomNumberGenerator()
        return make(prefix: prefix, at: time, random: &random)
    }

    /// Whether a text has the form of an identifier with this prefix; cheap, and safe on anything a client sends.
    public static func isValid(_ text: String, prefix: Prefix) -> Bool {
        let characters = text.utf8
        guard characters.count == prefix.text.utf8.count + 26, text.hasPrefix(prefix.text) else { return false }
        return characters.dropFirst(prefix.text.utf8.count).allSatisfy { alphabet.contains($0) }
    }
}

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
        let width = alphabet.count.trailingZeroBitCount
        // Each number costs a call of the kernel, and has the bits of several characters.
        let charactersOfNumber = UInt64.bitWidth / width
        var (number, left) = (UInt64(0), 0)
        let text = (0..<count).map { _ in
            if left == 0 { (number, left) = (random.next(), charactersOfNumber) }
            defer { (number, left) = (number >> UInt64(width), left - 1) }
            return alphabet[Int(number & mask)]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
