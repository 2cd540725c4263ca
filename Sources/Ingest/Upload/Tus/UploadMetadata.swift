#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The `Upload-Metadata` of an upload: names with bytes, as the client sent them.
///
/// The raw text is stored because the response to `HEAD` repeats it unchanged.
public struct UploadMetadata: Sendable, Hashable {
    /// The header as the client sent it.
    public let text: String
    /// The values by key; any bytes, possibly none.
    public let values: [String: [UInt8]]

    /// Most bytes of the header that are accepted.
    public static let maximumByteCount = 16 * 1024

    /// No metadata.
    public static let none = UploadMetadata(text: "", values: [:])

    private init(text: String, values: [String: [UInt8]]) {
        self.text = text
        self.values = values
    }

    /// Reads the header; an empty one means no metadata, which some clients send.
    /// - Throws: ``TusHeaderError/metadata``.
    public init(_ text: String) throws(TusHeaderError) {
        guard text.utf8.count <= Self.maximumByteCount else { throw .metadata }
        self.text = text
        var values: [String: [UInt8]] = [:]
        guard !text.allSatisfy({ $0 == " " }) else {
            self.values = values
            return
        }
        for pair in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = pair.split(separator: " ", omittingEmptySubsequences: true)
            guard let key = words.first, words.count <= 2, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                values[String(key)] == nil
            else { throw .metadata }
            let value = words.count == 2 ? Data(base64Encoded: String(words[1])) : Data()
            guard let value else { throw .metadata }
            values[String(key)] = [UInt8](value)
        }
        self.values = values
    }

    /// A value as text; invalid UTF-8 becomes U+FFFD. `nil` if the key is absent.
    public func string(_ key: String) -> String? {
        values[key].map { String(decoding: $0, as: UTF8.self) }
    }

    /// The name of the file, under any of the keys that clients use.
    public var fileName: String? { string("filename") ?? string("name") }

    /// Writes metadata as a client would have sent it; values that are `nil` are left out.
    static func text(of values: [String: String?]) -> String {
        values.compactMap { key, value in
            value.map { "\(key) \(Data($0.utf8).base64EncodedString())" }
        }.sorted().joined(separator: ",")
    }
}
