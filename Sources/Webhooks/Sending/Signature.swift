internal import Crypto
internal import Ground

/// The signature of a delivery: `t=<seconds>,v1=<hex HMAC-SHA256 of "t.body">`.
public enum Signature {
    /// The value of the header `Videohost-Signature`.
    /// - Parameters:
    ///   - body: The bytes as they are sent.
    ///   - secret: The endpoint's, its text as the key.
    ///   - seconds: Seconds since 1970; a receiver refuses what is too old.
    public static func header(body: String, secret: String, seconds: Int64) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).\(body)".utf8), using: key)
        return "t=\(seconds),v1=\(Hexadecimal.text(code))"
    }

    /// A new secret: `whsec_` and 256 random bits in hexadecimal digits.
    public static func makeSecret() -> String {
        "whsec_" + RandomText.hexadecimal(byteCount: 32)
    }
}
