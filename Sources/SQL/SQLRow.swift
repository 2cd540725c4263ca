/// One row of a result, read by column name.
///
/// Every accessor throws ``SQLFailure`` with code `columnMissing` for an unknown name and `typeMismatch` for a value of
/// another kind; the `optional…` ones return `nil` for null, which is a mismatch for the others.
public struct SQLRow: Sendable {
    /// Position of each column; shared by all rows of a result.
    private let positions: [String: Int]
    private let values: [SQLValue]

    /// A row; `positions` says where in `values` each column is.
    package init(positions: [String: Int], values: [SQLValue]) {
        self.positions = positions
        self.values = values
    }

    /// The value of a column of any kind.
    public func value(_ column: String) throws -> SQLValue {
        guard let position = positions[column], position < values.count else {
            throw SQLFailure(.columnMissing, "The answer has no column “\(column)”.")
        }
        return values[position]
    }

    /// The text of a column.
    public func text(_ column: String) throws -> String {
        guard case .text(let text) = try value(column) else { throw mismatch(column, "text") }
        return text
    }

    /// The text of a column, `nil` for null.
    public func optionalText(_ column: String) throws -> String? {
        try isNull(column) ? nil : text(column)
    }

    /// The whole number of a column.
    public func integer(_ column: String) throws -> Int64 {
        guard case .integer(let number) = try value(column) else { throw mismatch(column, "a whole number") }
        return number
    }

    /// The whole number of a column, `nil` for null.
    public func optionalInteger(_ column: String) throws -> Int64? {
        try isNull(column) ? nil : integer(column)
    }

    /// The whole number of a column as `Int`.
    public func int(_ column: String) throws -> Int {
        guard let number = Int(exactly: try integer(column)) else { throw mismatch(column, "a number in range") }
        return number
    }

    /// The whole number of a column as `Int`, `nil` for null.
    public func optionalInt(_ column: String) throws -> Int? {
        try isNull(column) ? nil : int(column)
    }

    /// The number of a column; a whole number counts as one.
    public func real(_ column: String) throws -> Double {
        switch try value(column) {
        case .real(let number): return number
        case .integer(let number): return Double(number)
        default: throw mismatch(column, "a number")
        }
    }

    /// Whether a column holds 1 and not 0; any other number is a mismatch.
    public func bool(_ column: String) throws -> Bool {
        switch try integer(column) {
        case 0: return false
        case 1: return true
        default: throw mismatch(column, "0 or 1")
        }
    }

    /// The bytes of a column.
    public func blob(_ column: String) throws -> [UInt8] {
        guard case .blob(let bytes) = try value(column) else { throw mismatch(column, "bytes") }
        return bytes
    }

    /// The case whose raw value is a column's text.
    public func named<Case: RawRepresentable>(_ column: String, as type: Case.Type = Case.self) throws -> Case
    where Case.RawValue == String {
        guard let value = Case(rawValue: try text(column)) else { throw mismatch(column, "a \(type)") }
        return value
    }

    /// The case whose raw value is a column's text, `nil` for null.
    public func optionalNamed<Case: RawRepresentable>(_ column: String, as type: Case.Type = Case.self) throws -> Case?
    where Case.RawValue == String {
        try isNull(column) ? nil : named(column, as: type)
    }

    /// Whether a column is null.
    public func isNull(_ column: String) throws -> Bool {
        try value(column) == .null
    }

    /// The failure of a column whose value is of another kind.
    func mismatch(_ column: String, _ wanted: String) -> SQLFailure {
        SQLFailure(.typeMismatch, "Column “\(column)” does not hold \(wanted).")
    }
}
