internal import Ground

extension SQLValue {
    /// A value as JSON text; keys are sorted, so equal values give equal text.
    /// - Throws: ``SQLFailure`` with code `typeMismatch` for a value that JSON cannot represent, such as an infinite number.
    public static func json<Value: Encodable>(_ value: Value) throws -> SQLValue {
        do {
            return .text(String(decoding: try JSONText.encode(value), as: UTF8.self))
        } catch {
            throw SQLFailure(.typeMismatch, "A \(Value.self) cannot be stored as JSON: \(error)")
        }
    }

    /// A value as JSON text, null for `nil`.
    public static func optionalJSON<Value: Encodable>(_ value: Value?) throws -> SQLValue {
        guard let value else { return .null }
        return try json(value)
    }
}

extension SQLRow {
    /// The value decoded from a column's JSON text.
    /// - Throws: ``SQLFailure`` with code `typeMismatch` if it cannot be decoded.
    public func json<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        let text = try text(column)
        do {
            return try JSONText.decode(type, text.utf8)
        } catch {
            throw mismatch(column, "the JSON of a \(type)")
        }
    }

    /// The value decoded from a column's JSON text, `nil` for null.
    public func optionalJSON<Value: Decodable>(_ column: String, as type: Value.Type = Value.self) throws -> Value? {
        try isNull(column) ? nil : json(column, as: type)
    }
}
