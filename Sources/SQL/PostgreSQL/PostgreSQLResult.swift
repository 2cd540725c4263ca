internal import CPostgres

/// The server's result of one statement.
final class PostgreSQLResult {
    private let pointer: OpaquePointer

    /// Takes ownership of a result of libpq.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { PQclear(pointer) }

    /// Whether the statement succeeded.
    var isSuccess: Bool { [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(pointer)) }

    /// Whether the statement began to copy rows in or out (`COPY`), which is not supported.
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(PQresultStatus(pointer)) }

    /// The SQLSTATE of the error; empty if the server sent none.
    var sqlState: String { field("C") }

    /// The server's error message, without the values that it concerns.
    var reason: String { field("M") }

    /// The command that the server ran, such as `COMMIT`.
    var command: String { PQcmdStatus(pointer).map { String(cString: $0) } ?? "" }

    /// Rows that an `INSERT`, `UPDATE` or `DELETE` changed.
    var changedRows: Int {
        guard ["INSERT", "UPDATE", "DELETE"].contains(where: { command.hasPrefix($0) }) else { return 0 }
        return PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// All rows.
    func rows() throws -> [SQLRow] {
        let columns = (0..<PQnfields(pointer)).map { (number: $0, type: PQftype(pointer, $0)) }
        var positions: [String: Int] = [:]
        for column in columns {
            if let name = PQfname(pointer, column.number) { positions[String(cString: name)] = Int(column.number) }
        }
        return try (0..<PQntuples(pointer)).map { row in
            SQLRow(positions: positions, values: try columns.map { try value(row, $0.number, $0.type) })
        }
    }

    private func value(_ row: Int32, _ column: Int32, _ type: UInt32) throws -> SQLValue {
        guard PQgetisnull(pointer, row, column) == 0, type != PostgreSQLType.void,
            let start = PQgetvalue(pointer, row, column)
        else { return .null }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(pointer, row, column)))
        let text = String(decoding: bytes, as: UTF8.self)
        let value: SQLValue? =
            switch type {
            case PostgreSQLType.int2, PostgreSQLType.int4, PostgreSQLType.int8, PostgreSQLType.oid:
                Int64(text).map(SQLValue.integer)
            case PostgreSQLType.bool: .integer(text == "t" ? 1 : 0)
            case PostgreSQLType.float4, PostgreSQLType.float8: Double(text).map(SQLValue.real)
            // The type of a SUM of whole numbers.
            case PostgreSQLType.numeric: Int64(text).map(SQLValue.integer) ?? Double(text).map(SQLValue.real)
            case PostgreSQLType.bytea: Self.unhex(bytes).map(SQLValue.blob)
            default: .text(text)
            }
        guard let value else {
            throw SQLFailure(.typeMismatch, "The server sent a value of type \(type) that cannot be read.")
        }
        return value
    }

    /// The bytes of a text such as `\x00ff`.
    private static func unhex(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 2), text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "x")]) else {
            return nil
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 2 - 1)
        for position in stride(from: 2, to: text.count, by: 2) {
            guard let high = digit(text[position]), let low = digit(text[position + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// A field of the error by libpq's letter for it (`PG_DIAG_…`).
    private func field(_ letter: Unicode.Scalar) -> String {
        PQresultErrorField(pointer, Int32(letter.value)).map { String(cString: $0) } ?? ""
    }
}
