import Foundation
import Ground
import Testing

@Suite("Bytes as text") struct EncodingTests {
    @Test("Every byte is two hexadecimal digits, and each digit has its value in both cases")
    func hexadecimal() {
        for byte in UInt8.min...UInt8.max {
            let text = Hexadecimal.text([byte])
            #expect(text == String(format: "%02x", byte))
            for digits in [text, text.uppercased()] {
                #expect(digits.utf8.compactMap(Hexadecimal.value(ofDigit:)).reduce(0) { $0 << 4 | $1 } == byte)
            }
        }
        for character in "gG/:@`-é".utf8 { #expect(Hexadecimal.value(ofDigit: character) == nil) }
    }

    @Test("Escapes in URLs are those of Foundation, for every character of ASCII and beyond")
    func percent() {
        var unreserved = CharacterSet(charactersIn: "-._~")
        unreserved.insert(charactersIn: "a"..."z")
        unreserved.insert(charactersIn: "A"..."Z")
        unreserved.insert(charactersIn: "0"..."9")
        let text = String(String.UnicodeScalarView((0..<0x250).compactMap(Unicode.Scalar.init))) + "日本 🎬"
        let escaped = PercentEncoding.encode(text, keepingSlash: false)
        #expect(escaped == text.addingPercentEncoding(withAllowedCharacters: unreserved))
        #expect(PercentEncoding.decode(escaped) == text)
        #expect(PercentEncoding.encode("a/b", keepingSlash: true) == "a/b")
        for damaged in ["%", "%4", "%zz", "a%4", "%ff", "%+1"] { #expect(PercentEncoding.decode(damaged) == nil) }
    }

    @Test("Secrets have the length and the characters of base64url, and differ")
    func secrets() {
        let made = Set((0..<1000).map { _ in RandomText.secret() })
        #expect(made.count == 1000)
        for secret in made {
            #expect(secret.utf8.count == 43)
            let standard = secret.replacing("-", with: "+").replacing("_", with: "/")
            #expect(Data(base64Encoded: standard + "=") != nil)
        }
        #expect(RandomText.base32(20).utf8.allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".utf8.contains($0) })
        #expect(RandomText.hexadecimal(byteCount: 32).utf8.count == 64)
    }

    @Test("Whole milliseconds of a duration are rounded towards zero")
    func milliseconds() {
        #expect(Duration.microseconds(1999).milliseconds == 1)
        #expect(Duration.microseconds(-1999).milliseconds == -1)
        #expect(Duration.seconds(86_400).milliseconds == 86_400_000)
    }
}
