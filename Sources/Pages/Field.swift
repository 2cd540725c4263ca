internal import Mustache

/// A value that templates show.
///
/// The texts of users are escaped here and not by swift-mustache, which compares whole characters: it does not see a quote that is
/// followed by a combining accent, because both together are one character. So each of the five bytes that mean something in HTML
/// is replaced by a noncharacter before rendering, and the noncharacters by references afterwards. Therefore a tag that asks for
/// the text without escapes (`{{{name}}}`) escapes it too.
enum Field: Sendable, Hashable {
    /// Text of any origin.
    case text(String)
    /// JSON for a data block.
    case json(EmbeddedJSON)
    /// A condition.
    case flag(Bool)
    /// A sequence of objects.
    case list([[String: Field]])
    /// Names with their values.
    case object([String: Field])

    /// What swift-mustache takes.
    var value: Any {
        switch self {
        case .text(let text): Escapes.hide(text)
        case .json(let json): json.text
        case .flag(let flag): flag
        case .list(let objects): objects.map { Fields(fields: $0) }
        case .object(let fields): Fields(fields: fields)
        }
    }
}

/// Names with their values, as swift-mustache looks them up.
struct Fields: MustacheParent, Sendable {
    let fields: [String: Field]

    func child(named name: String) -> Any? { fields[name]?.value }
}

/// Escaping of texts for HTML, in two steps around the rendering.
enum Escapes {
    /// The bytes that mean something in HTML, in the order of the noncharacters U+FDD0… that stand for them.
    private static let references: [(byte: UInt8, reference: String)] = [
        (UInt8(ascii: "<"), "&lt;"), (UInt8(ascii: ">"), "&gt;"), (UInt8(ascii: "&"), "&amp;"),
        (UInt8(ascii: "\""), "&quot;"), (UInt8(ascii: "'"), "&#39;"),
    ]
    private static let first: UInt32 = 0xFDD0

    /// Replaces what means something in HTML; noncharacters of the text itself become U+FFFD.
    static func hide(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let place = references.firstIndex(where: { UInt32($0.byte) == scalar.value }) {
                scalars.append(standIn(place))
            } else {
                let isStandIn = (first..<first + UInt32(references.count)).contains(scalar.value)
                scalars.append(isStandIn ? "\u{FFFD}" : scalar)
            }
        }
        return String(scalars)
    }

    /// The page, with references in place of the noncharacters.
    static func show(_ rendered: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rendered.utf8.count + rendered.utf8.count / 8)
        var rest = Array(rendered.utf8)[...]
        while let byte = rest.popFirst() {
            // U+FDD0 is EF B7 90 in UTF-8.
            if byte == 0xEF, rest.count >= 2, rest[rest.startIndex] == 0xB7,
                let place = Optional(Int(rest[rest.startIndex + 1]) - 0x90), references.indices.contains(place)
            {
                bytes += references[place].reference.utf8
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func standIn(_ place: Int) -> Unicode.Scalar {
        Unicode.Scalar(first + UInt32(place)) ?? "\u{FFFD}"
    }
}
