internal import Synchronization

/// One argument of a command: text, a number in decimal, or bytes.
///
/// Written as a literal or by interpolation: `["SET", "sess:\(id)", .bytes(json), "PX", 5000]`.
public struct RedisArgument: Sendable, Hashable {
    let bytes: [UInt8]

    /// Creates an argument of UTF-8 text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// Creates an argument of a number in decimal.
    public init(_ number: some BinaryInteger) { bytes = Array(String(number).utf8) }

    /// Creates an argument of bytes, which may be empty.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// An argument of UTF-8 text.
    public static func text(_ text: String) -> RedisArgument { RedisArgument(text) }

    /// An argument of a number in decimal.
    public static func integer(_ number: some BinaryInteger) -> RedisArgument { RedisArgument(number) }

    /// An argument of bytes.
    public static func bytes(_ bytes: [UInt8]) -> RedisArgument { RedisArgument(bytes: bytes) }
}

extension RedisArgument: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
    /// Creates an argument of UTF-8 text.
    public init(stringLiteral value: String) { self.init(value) }

    /// Creates an argument of a number in decimal.
    public init(integerLiteral value: Int64) { self.init(value) }
}

/// A Lua script that the server runs as one step. A program has one value for each script, which stores its digest.
public final class RedisScript: Sendable {
    /// The script's text.
    public let source: String
    private let loaded = Mutex<String?>(nil)

    /// Creates a script.
    public init(_ source: String) { self.source = source }

    /// The digest that identifies the script on the server; `nil` until the script was loaded.
    var digest: String? { loaded.withLock { $0 } }

    /// Stores the digest that the server returned.
    func remember(_ digest: String) { loaded.withLock { $0 = digest } }
}
