/// A field of a document that the server sends: its name, its schema and its value stand together.
struct DocumentField<Document>: Sendable {
    /// Name and schema.
    let member: Schema.Member
    private let encode: @Sendable (Document, inout KeyedEncodingContainer<Key>) throws -> Void

    /// A field that is always there; a value that is `nil` becomes `null`.
    static func required<Value: Encodable & Sendable>(
        _ name: String, _ schema: Schema, value: @escaping @Sendable (Document) -> Value
    ) -> DocumentField {
        DocumentField(member: .required(name, schema)) { document, fields in
            try fields.encode(value(document), forKey: Key(name))
        }
    }

    /// A field that is left out where it has no value.
    static func optional<Value: Encodable & Sendable>(
        _ name: String, _ schema: Schema, value: @escaping @Sendable (Document) -> Value?
    ) -> DocumentField {
        DocumentField(member: .optional(name, schema)) { document, fields in
            try fields.encodeIfPresent(value(document), forKey: Key(name))
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    fileprivate static func encode(_ document: Document, _ all: [DocumentField], to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        for field in all { try field.encode(document, &fields) }
    }
}

/// A document that the server sends, as a table of its fields: JSON and schema derive from it.
protocol TabularDocument: DescribedDocument, Encodable {
    /// All fields, in the order of the schema.
    static var fields: [DocumentField<Self>] { get }
}

extension TabularDocument {
    static var schema: Schema { .object(fields.map(\.member)) }

    func encode(to encoder: any Encoder) throws { try DocumentField.encode(self, Self.fields, to: encoder) }
}
