/// A value of RESP2: a reply of a Redis server, or a part of one.
public enum RedisValue: Sendable, Hashable {
    /// The null value: a missing key, or a blocking command that timed out.
    case null
    /// An integer.
    case integer(Int64)
    /// A bulk string or a simple string.
    case string([UInt8])
    /// An array.
    case array([RedisValue])
    /// An error reply with the server's text: `WRONGTYPE Operation against…`.
    case error(String)

    /// The bytes as UTF-8 text, a number in decimal; `nil` for anything else.
    public var text: String? {
        switch self {
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .integer(let number): String(number)
        default: nil
        }
    }

    /// The bytes of a string; `nil` for anything else.
    public var bytes: [UInt8]? {
        if case .string(let bytes) = self { bytes } else { nil }
    }

    /// The number, also where it was sent as decimal text; `nil` for anything else.
    public var int: Int64? {
        switch self {
        case .integer(let number): number
        case .string(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The elements of an array; `nil` for anything else.
    public var array: [RedisValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// Whether this is the null value.
    public var isNull: Bool { self == .null }
}
