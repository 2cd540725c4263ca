internal import Crypto
internal import Foundation

/// How a password becomes what is stored: `bcrypt(base64(SHA-256(NFC(password))))`.
///
/// bcrypt looks at 72 bytes and stops at a zero byte; the digest in front of it makes every character of a long password
/// count. NFC makes the same password typed on another keyboard the same bytes.
enum PasswordScheme {
    /// The name of the scheme in the user's row, so that a later scheme can be added.
    static let name = "bcrypt-sha256"

    /// The key for bcrypt, 44 characters.
    static func key(_ password: String) -> String {
        Data(SHA256.hash(data: Data(normalized(password).utf8))).base64EncodedString()
    }

    /// Unicode's normalization form C.
    private static func normalized(_ text: String) -> String {
        composingHangul(text.precomposedStringWithCanonicalMapping)
    }

    /// Composes what Foundation does not compose on Linux: a Hangul syllable without final consonant and a final consonant
    /// after it (The Unicode Standard, 3.12, Hangul Syllable Composition).
    private static func composingHangul(_ text: String) -> String {
        let firstSyllable: UInt32 = 0xAC00
        let syllables = firstSyllable..<(firstSyllable + 11_172)
        let finals: ClosedRange<UInt32> = 0x11A8...0x11C2
        guard text.unicodeScalars.contains(where: { finals.contains($0.value) }) else { return text }
        var scalars: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if finals.contains(scalar.value), let last = scalars.last?.value, syllables.contains(last),
                (last - firstSyllable).isMultiple(of: 28), let joined = Unicode.Scalar(last + scalar.value - 0x11A7)
            {
                scalars[scalars.count - 1] = joined
            } else {
                scalars.append(scalar)
            }
        }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
