/// How deep and how large JSON from strangers may be. It is checked on the bytes before anything is decoded: a decoder that
/// tries several types for each value does work in proportion to values times depth.
public struct JSONBounds: Sendable, Hashable {
    /// What a text has too much of.
    public enum Fault: Error, Sendable {
        /// More arrays and objects inside each other than ``JSONBounds/depth``.
        case tooDeep
        /// More members and elements, at all levels together, than ``JSONBounds/values``.
        case tooMany
        /// A zero byte: the text is not UTF-8, and what looks like a quote or a bracket may be part of a character.
        case notUTF8
    }

    /// Most arrays and objects inside each other.
    public let depth: Int
    /// Most members and elements, counted at all levels together.
    public let values: Int

    /// Bounds for small documents.
    public init(depth: Int = 16, values: Int = 1000) {
        self.depth = depth
        self.values = values
    }

    /// Reads a text up to its first excess: each byte once, without recursion and without memory. Whether it is JSON at all
    /// is the decoder's to say.
    /// - Throws: ``Fault``.
    public func check(_ text: some Sequence<UInt8>) throws(Fault) {
        var level = 0
        var count = 1
        var isInString = false
        var isEscaped = false
        for byte in text {
            if byte == 0 { throw .notUTF8 }
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                level += 1
                // The first value in it; each comma announces another.
                count += 1
                if level > depth { throw .tooDeep }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): level = max(0, level - 1)
            case UInt8(ascii: ","): count += 1
            default: break
            }
            if count > values { throw .tooMany }
        }
    }
}
