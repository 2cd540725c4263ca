/// Reads values with parameters, such as those of `Content-Type` and `Content-Disposition`.
public struct ParameterizedValue: Sendable, Hashable {
    /// The value in front of the parameters, in lower case.
    public let value: String
    /// The parameters by name in lower case; the first of a name counts.
    public let parameters: [String: String]

    /// Reads `value; name=token; other="quoted"`. In quotes a backslash frees a quote or a backslash.
    ///
    /// Bytes that are no UTF-8 come out as U+FFFD. Never fails: parameters that cannot be parsed are left out.
    public init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        var position = 0
        let head = bytes.prefix { $0 != UInt8(ascii: ";") }
        position = head.count
        var parameters: [String: String] = [:]
        while position < bytes.count {
            position += 1
            let name = bytes[position...].prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
            position += name.count
            guard position < bytes.count, bytes[position] == UInt8(ascii: "=") else { continue }
            position += 1
            let value = Self.value(in: bytes, at: &position)
            let key = Self.trimmed(name).lowercased()
            if !key.isEmpty, parameters[key] == nil { parameters[key] = value }
        }
        self.value = Self.trimmed(head).lowercased()
        self.parameters = parameters
    }

    /// The value that starts at `position`, which then stands at the semicolon after it or at the end.
    private static func value(in bytes: [UInt8], at position: inout Int) -> String {
        while position < bytes.count, isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            let plain = bytes[position...].prefix { $0 != UInt8(ascii: ";") }
            position += plain.count
            return trimmed(plain)
        }
        position += 1
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\"), position + 1 < bytes.count,
                bytes[position + 1] == UInt8(ascii: "\"") || bytes[position + 1] == UInt8(ascii: "\\")
            {
                position += 1
            }
            text.append(bytes[position])
            position += 1
        }
        while position < bytes.count, bytes[position] != UInt8(ascii: ";") { position += 1 }
        return String(decoding: text, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var slice = bytes.drop(while: isSpace)
        while let last = slice.last, isSpace(last) { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }
}

/// The boundary of a `multipart/form-data` body (RFC 2046 section 5.1.1).
public enum FormBoundary {
    /// The boundary that a `Content-Type` names; `nil` if it is another type or the boundary is not allowed.
    public static func parse(contentType: String) -> String? {
        let type = ParameterizedValue(contentType.utf8)
        guard type.value == "multipart/form-data", let boundary = type.parameters["boundary"],
            (1...70).contains(boundary.utf8.count), !boundary.hasSuffix(" "),
            boundary.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else { return nil }
        return boundary
    }
}
