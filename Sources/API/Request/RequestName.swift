/// Names of requests: the client's own where it sent a harmless one, else a random one.
enum RequestName {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// A name of 100 random bits.
    static func make() -> String {
        var random = SystemRandomNumberGenerator()
        let letters = (0..<20).map { _ in alphabet[Int(random.next() & 31)] }
        return "req_" + String(decoding: letters, as: UTF8.self)
    }

    /// The client's own name, if it can be put into answers and logs as it is.
    static func accepted(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            })
        else { return nil }
        return text
    }
}
