internal import Crypto
internal import Foundation

/// The secret that a client holds: 256 random bits in base64url. Only its SHA-256 is ever stored.
enum SessionToken {
    /// A new token of 43 characters.
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
        return bytes.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Whether a text can be a token at all; anything else need not be looked up.
    static func isPlausible(_ text: String) -> Bool {
        text.utf8.count == 43
    }

    /// SHA-256 of a text in hexadecimal.
    static func digest(_ text: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var characters: [UInt8] = []
        for byte in SHA256.hash(data: Data(text.utf8)) {
            characters.append(digits[Int(byte >> 4)])
            characters.append(digits[Int(byte & 15)])
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
