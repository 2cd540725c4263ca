#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// JSON as it is sent and stored: one line, keys in order, slashes not escaped. Equal values give equal text.
public enum JSONText {
    /// A value as JSON in UTF-8.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// The value that a text describes.
    public static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: some Sequence<UInt8>) throws -> Value {
        try JSONDecoder().decode(type, from: Data(bytes))
    }

    /// An object of values that are JSON already.
    /// - Parameter fields: Names, which must need no escapes, and values; `nil` values are left out.
    public static func object(_ fields: KeyValuePairs<String, [UInt8]?>) -> [UInt8] {
        var text = [UInt8(ascii: "{")]
        for case (let name, let value?) in fields {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text += Array("\"\(name)\":".utf8) + value
        }
        text.append(UInt8(ascii: "}"))
        return text
    }

    /// An array of values that are JSON already.
    public static func array(_ items: some Sequence<[UInt8]>) -> [UInt8] {
        [UInt8(ascii: "[")] + items.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}
