internal import Ground

/// Names of requests: the client's own where it sent a harmless one, else a random one.
enum RequestID {
    /// A name of 100 random bits.
    static func make() -> String { "req_" + RandomText.base32(20) }

    /// The client's own name, if it can be put into answers and logs as it is.
    static func accepted(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0.isASCIILetterOrDigit || "-_.".utf8.contains($0) })
        else { return nil }
        return text
    }
}
