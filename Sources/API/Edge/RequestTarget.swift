internal import Ground

/// The target of a request, in origin form (RFC 9112 section 3.2.1): path and query.
///
/// Only canonical paths are accepted: no empty or dot segments, no escapes of slashes, backslashes, control characters and
/// unreserved characters. Proxies and caches decode and resolve these in different ways. If one of them reads a path
/// differently than the server, it stores a response under the path of another one. Characters that all of them decode alike
/// may be written in more than one way: `%c3` and `%C3`, `%24` and `$`.
enum RequestTarget {
    /// Returns what is wrong with a target, in one sentence; `nil` if it is canonical.
    static func fault(in target: String) -> String? {
        let bytes = Array(target.utf8)
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
        guard bytes.first == UInt8(ascii: "/") else { return "It must begin with a slash." }
        if let fault = fault(inPath: bytes[..<end]) { return fault }
        let query = bytes[end...]
        for (index, byte) in query.enumerated() {
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") {
                return "Its query has a character that must be escaped."
            }
            if byte == UInt8(ascii: "%"), PercentEncoding.byteOfEscape(query.dropFirst(index)) == nil {
                return "Its query has a '%' that begins no escape."
            }
        }
        return nil
    }

    private static func fault(inPath path: ArraySlice<UInt8>) -> String? {
        var rest = path
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let character = PercentEncoding.byteOfEscape(path[(rest.startIndex - 1)...]) else {
                    return "It has a '%' that begins no escape."
                }
                if character == UInt8(ascii: "/") || character == UInt8(ascii: "\\") {
                    return "It has an escaped slash or backslash."
                }
                if character < 0x20 || character == 0x7F { return "It has an escaped control character." }
                if character.isURLUnreserved { return "It escapes a character that needs no escape." }
                rest = rest.dropFirst(2)
            } else if !byte.isURLUnreserved, !"/!$&'()*+,;=:@".utf8.contains(byte) {
                return "It has a character that must be escaped."
            }
        }
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if segments.dropLast().contains(where: \.isEmpty) { return "It has an empty segment." }
        if segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) }) {
            return "It has a segment of dots."
        }
        return nil
    }
}
