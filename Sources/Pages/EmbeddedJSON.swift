/// JSON inside a `<script>` element that is data: no text of it can end the element or begin a comment.
///
/// `<`, `>`, `&`, U+2028, U+2029 and the noncharacters of ``Escapes`` are written as escapes of JSON. They stand only in strings,
/// where those escapes mean the same.
public struct EmbeddedJSON: Sendable, Hashable {
    /// The JSON.
    let text: String

    /// Takes JSON in UTF-8; bytes that are not UTF-8 are repaired.
    public init(_ json: [UInt8]) {
        var scalars = String.UnicodeScalarView()
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x26, 0x3C, 0x3E: scalars.append(contentsOf: "\\u00\(String(scalar.value, radix: 16))".unicodeScalars)
            case 0x2028, 0x2029, 0xFDD0...0xFDEF:
                scalars.append(contentsOf: "\\u\(String(scalar.value, radix: 16))".unicodeScalars)
            default: scalars.append(scalar)
            }
        }
        text = String(scalars)
    }

    /// An object without members.
    public static let empty = EmbeddedJSON(Array("{}".utf8))
}
