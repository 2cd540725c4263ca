/// One word of a command: text, a number in decimal, or any bytes.
///
/// Written as a literal or by interpolation: `["SET", "sess:\(id)", .bytes(json), "PX", 5000]`.
public struct RedisArgument: Sendable, Hashable {
    let bytes: [UInt8]

    /// UTF-8 text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// A number, sent in decimal.
    public init(_ number: some BinaryInteger) { bytes = Array(String(number).utf8) }

    /// Any bytes; an empty word is allowed.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// UTF-8 text.
    public static func text(_ text: String) -> RedisArgument { RedisArgument(text) }

    /// A number, sent in decimal.
    public static func integer(_ number: some BinaryInteger) -> RedisArgument { RedisArgument(number) }

    /// Any bytes.
    public static func bytes(_ bytes: [UInt8]) -> RedisArgument { RedisArgument(bytes: bytes) }
}

extension RedisArgument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// UTF-8 text.
    public init(stringLiteral value: String) { self.init(value) }

    /// A number, sent in decimal.
    public init(integerLiteral value: Int64) { self.init(value) }
}
