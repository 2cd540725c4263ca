internal import Crypto

/// Names and secrets that cannot be guessed.
enum RandomName {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A prefix and characters of 5 random bits each.
    static func make(_ prefix: String, characters: Int) -> String {
        var random = SystemRandomNumberGenerator()
        let letters = (0..<characters).map { _ in alphabet[Int(random.next() & 31)] }
        return prefix + String(decoding: letters, as: UTF8.self)
    }

    /// SHA-256 in hexadecimal.
    static func digest(_ text: String) -> String {
        var hash = SHA256()
        hash.update(data: Array(text.utf8))
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
