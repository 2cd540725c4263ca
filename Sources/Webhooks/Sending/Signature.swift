internal import Crypto

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
        let digits = Array("0123456789abcdef")
        let hex = String(code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        return "t=\(seconds),v1=\(hex)"
    }

    /// A new secret: `whsec_` and 256 random bits in hexadecimal digits.
    public static func makeSecret() -> String {
        var random = SystemRandomNumberGenerator()
        let words = (0..<8).map { _ in UInt32.random(in: 0...UInt32.max, using: &random) }
        return "whsec_" + words.map { String(String(UInt64($0) | 1 << 32, radix: 16).dropFirst()) }.joined()
    }
}
