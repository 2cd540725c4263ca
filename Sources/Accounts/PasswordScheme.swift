internal import Crypto
internal import Foundation

/// How a password becomes what is stored: `bcrypt(base64(SHA-256(NFC(password))))`.
///
/// bcrypt looks at 72 bytes and stops at a zero byte; the digest in front of it makes every character of a long password
/// count. NFC makes the same password typed on another keyboard the same bytes.
enum PasswordScheme {
    /// The word in the row, so that a later scheme can live beside this one.
    static let name = "bcrypt-sha256"

    /// The 44 characters that bcrypt gets to see.
    static func key(_ password: String) -> String {
        let normalized = password.precomposedStringWithCanonicalMapping
        return Data(SHA256.hash(data: Data(normalized.utf8))).base64EncodedString()
    }
}
