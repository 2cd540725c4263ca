/// An element of the XML that storage services return: elements and text only.
///
/// Skips declarations, comments, attributes and namespaces. Decodes only the five predefined entities and character
/// references, so a document cannot expand, and loads nothing. Accepts at most 32 levels.
///
/// - Note: This is not `XMLParser` (libxml2) or expat, because both reject references to control characters such as `&#1;`,
///   which XML 1.0 forbids. Object keys may contain control characters, and S3 services list such keys with these references.
///   With a conforming parser, one such key would make its folder impossible to list and delete.
struct XMLNode: Sendable, Hashable {
    /// The name without a namespace prefix.
    let name: String
    /// The text of the element, without that of its children.
    private(set) var text = ""
    /// The child elements.
    private(set) var children: [XMLNode] = []

    /// Parses a document; `nil` if it is not well-formed or has more than 32 levels.
    static func parse(_ bytes: some Sequence<UInt8>) -> XMLNode? {
        var reader = Reader(bytes)
        return reader.root()
    }

    /// The first child with a name.
    subscript(_ name: String) -> XMLNode? { children.first { $0.name == name } }

    /// The children with a name.
    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    private struct Reader {
        private var bytes: ArraySlice<UInt8>

        init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes)[...] }

        mutating func root() -> XMLNode? {
            var open: [XMLNode] = []
            while let byte = bytes.first {
                guard byte == UInt8(ascii: "<") else {
                    guard let text = text() else { return nil }
                    if !open.isEmpty { open[open.count - 1].text += text }
                    continue
                }
                if skip("<!--") {
                    guard pass(through: "-->") != nil else { return nil }
                } else if skip("<![CDATA[") {
                    guard let raw = pass(through: "]]>") else { return nil }
                    if !open.isEmpty { open[open.count - 1].text += String(decoding: raw, as: UTF8.self) }
                } else if skip("<?") || skip("<!") {
                    guard pass(through: ">") != nil else { return nil }
                } else if skip("</") {
                    guard let raw = pass(through: ">"), let closed = open.popLast(), Self.name(raw) == closed.name
                    else { return nil }
                    guard !open.isEmpty else { return closed }
                    open[open.count - 1].children.append(closed)
                } else {
                    bytes = bytes.dropFirst()
                    guard let raw = pass(through: ">"), !raw.isEmpty, open.count < 32 else { return nil }
                    let node = XMLNode(name: Self.name(raw))
                    if raw.last == UInt8(ascii: "/") {
                        guard !open.isEmpty else { return node }
                        open[open.count - 1].children.append(node)
                    } else {
                        open.append(node)
                    }
                }
            }
            return nil
        }

        private static func name(_ tag: ArraySlice<UInt8>) -> String {
            let name = tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
            let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[($0 + 1)...] } ?? name
            return String(decoding: local, as: UTF8.self)
        }

        private mutating func skip(_ start: StaticString) -> Bool {
            let wanted = Array(start.description.utf8)
            guard bytes.starts(with: wanted) else { return false }
            bytes = bytes.dropFirst(wanted.count)
            return true
        }

        private mutating func pass(through end: StaticString) -> ArraySlice<UInt8>? {
            let wanted = Array(end.description.utf8)
            var index = bytes.startIndex
            while index + wanted.count <= bytes.endIndex {
                if bytes[index...].starts(with: wanted) {
                    defer { bytes = bytes[(index + wanted.count)...] }
                    return bytes[bytes.startIndex..<index]
                }
                index += 1
            }
            return nil
        }

        private mutating func text() -> String? {
            let raw = bytes.prefix { $0 != UInt8(ascii: "<") }
            bytes = bytes[raw.endIndex...]
            var result: [UInt8] = []
            var rest = raw
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "&") else {
                    result.append(byte)
                    continue
                }
                guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
                    let character = Self.character(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                else { return nil }
                result += Array(String(character).utf8)
                rest = rest[(end + 1)...]
            }
            return String(decoding: result, as: UTF8.self)
        }

        private static func character(_ entity: String) -> Character? {
            switch entity {
            case "lt": return "<"
            case "gt": return ">"
            case "amp": return "&"
            case "quot": return "\""
            case "apos": return "'"
            default:
                guard entity.hasPrefix("#") else { return nil }
                let digits = entity.dropFirst()
                let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
                return number.flatMap(Unicode.Scalar.init).map(Character.init)
            }
        }
    }

    /// Escapes a text for XML.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case _ where scalar.value < 0x20: escaped += "&#\(scalar.value);"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
