/// Arguments of a statement in libpq's format: bytes in binary format, everything else as text.
///
/// Each has the type of its case, so that the server does not infer it; null has no type and gets that of its context.
struct PostgreSQLArguments {
    /// The OIDs of the types (`pg_type.oid`); 0 lets the server infer the type.
    private(set) var types: [UInt32] = []
    private var offsets: [Int?] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    private var bytes: [UInt8] = []

    init(_ values: [SQLValue]) {
        for value in values {
            switch value {
            case .null: addNull()
            case .integer(let number): add(PostgreSQLType.int8, "\(number)".utf8)
            case .real(let number): add(PostgreSQLType.float8, "\(number)".utf8)
            case .text(let text): add(PostgreSQLType.text, text.utf8)
            case .blob(let content): add(PostgreSQLType.bytea, content, isBinary: true)
            }
        }
    }

    /// Calls `body` with values, lengths and formats, which are valid only during the call.
    func withPointers<Answer>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Answer
    ) -> Answer {
        bytes.withUnsafeBytes { content in
            let base = content.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = offsets.map { offset in
                offset.flatMap { base?.advanced(by: $0) }
            }
            return values.withUnsafeBufferPointer { values in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(values.baseAddress, lengths.baseAddress, formats.baseAddress)
                    }
                }
            }
        }
    }

    private mutating func addNull() {
        types.append(0)
        offsets.append(nil)
        lengths.append(0)
        formats.append(0)
    }

    private mutating func add(_ type: UInt32, _ content: some Collection<UInt8>, isBinary: Bool = false) {
        types.append(type)
        offsets.append(bytes.count)
        lengths.append(Int32(clamping: content.count))
        formats.append(isBinary ? 1 : 0)
        bytes += content
        // libpq needs a zero byte at the end of a text, and a pointer for an empty value: a null pointer means null.
        bytes.append(0)
    }
}

/// The OIDs of the types that are sent and received, which the server's catalog fixes (`pg_type.dat`).
enum PostgreSQLType {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let int2: UInt32 = 21
    static let int4: UInt32 = 23
    static let text: UInt32 = 25
    static let oid: UInt32 = 26
    static let float4: UInt32 = 700
    static let float8: UInt32 = 701
    static let numeric: UInt32 = 1700
    static let void: UInt32 = 2278
}
