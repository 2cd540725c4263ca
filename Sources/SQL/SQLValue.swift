/// An argument of a statement or the value of a column, the same on every engine.
///
/// Times are milliseconds since 1970 in `integer`, JSON is `text`, booleans are `integer` 0 or 1.
public enum SQLValue: Sendable, Hashable {
    /// Null.
    case null
    /// A whole number of 64 bits.
    case integer(Int64)
    /// A number of 64 bits with a fraction.
    case real(Double)
    /// UTF-8 text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

extension SQLValue {
    /// Text, or null for `nil`.
    public init(_ value: String?) {
        self = value.map(SQLValue.text) ?? .null
    }

    /// A whole number, or null for `nil`.
    public init(_ value: Int64?) {
        self = value.map(SQLValue.integer) ?? .null
    }

    /// A whole number, or null for `nil`.
    public init(_ value: Int?) {
        self = value.map { .integer(Int64($0)) } ?? .null
    }

    /// A number with a fraction, or null for `nil`.
    public init(_ value: Double?) {
        self = value.map(SQLValue.real) ?? .null
    }

    /// 1 for true, 0 for false, null for `nil`.
    public init(_ value: Bool?) {
        self = value.map { .integer($0 ? 1 : 0) } ?? .null
    }

    /// The raw value of a case, or null for `nil`.
    public init<Case: RawRepresentable>(_ value: Case?) where Case.RawValue == String {
        self = value.map { .text($0.rawValue) } ?? .null
    }
}

extension [SQLValue] {
    /// A placeholder for each value, from the first on: `$1, $2, $3`.
    public var placeholders: String { indices.map { "$\($0 + 1)" }.joined(separator: ", ") }
}

extension SQLValue: ExpressibleByNilLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByBooleanLiteral
{
    /// Null.
    public init(nilLiteral: ()) { self = .null }
    /// A whole number.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .real(value) }
    /// Text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// 1 or 0.
    public init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}
