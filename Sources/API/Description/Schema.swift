internal import Ground

/// A document of the API with its JSON Schema; the schema stands beside the fields that it describes.
protocol DescribedDocument: SendableMetatype {
    /// The name under `#/components/schemas`.
    static var schemaName: String { get }
    /// What a document looks like.
    static var schema: Schema { get }
    /// A document as a client may send it, for descriptions and tests; `nil` for documents that only the server sends.
    static var example: JSONNode? { get }
}

extension DescribedDocument {
    static var example: JSONNode? { nil }
}

/// A JSON Schema (2020-12) as OpenAPI 3.1 has it, with the documents that it refers to.
struct Schema: Sendable {
    /// The schema itself.
    let node: JSONNode
    /// All documents that the schema names with `$ref`.
    let documents: [any DescribedDocument.Type]

    private init(_ node: JSONNode, documents: [any DescribedDocument.Type] = []) {
        self.node = node
        self.documents = documents
    }

    /// The same schema with a description.
    func described(_ text: String) -> Schema {
        Schema(node.merging(["description": .string(text)]), documents: documents)
    }

    /// The same schema with more keywords.
    func with(_ keywords: KeyValuePairs<String, JSONNode?>) -> Schema {
        Schema(node.merging(.members(keywords)), documents: documents)
    }

    /// A document by reference.
    static func of(_ document: any DescribedDocument.Type) -> Schema {
        Schema(["$ref": .string("#/components/schemas/" + document.schemaName)], documents: [document])
    }

    /// A text.
    static func text(
        _ description: String? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil, not: String? = nil,
        format: String? = nil
    ) -> Schema {
        let shortest = length?.lowerBound ?? 0
        return Schema(
            .members([
                "type": "string", "format": format.map { .string($0) },
                "minLength": shortest > 0 ? .integer(Int64(shortest)) : nil,
                "maxLength": length.map { .integer(Int64($0.upperBound)) }, "pattern": pattern.map { .string($0) },
                "not": not.map { ["pattern": .string($0)] }, "description": description.map { .string($0) },
            ]))
    }

    /// A text with at least a number of characters.
    static func text(atLeast length: Int, description: String? = nil) -> Schema {
        text(description).with(["minLength": .integer(Int64(length))])
    }

    /// One of some words.
    static func choice(_ values: [String], _ description: String? = nil) -> Schema {
        Schema(
            .members([
                "type": "string", "enum": .array(values.map { .string($0) }),
                "description": description.map { .string($0) },
            ]))
    }

    /// One of the cases of an enumeration.
    static func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type, _ description: String? = nil)
        -> Schema
    where Choice.RawValue == String { choice(type.allCases.map(\.rawValue), description) }

    /// An identifier with its prefix.
    static func identifier(_ prefix: Identifier.Prefix) -> Schema {
        text(pattern: "^\(prefix.text)[0-9a-hjkmnp-tv-z]{26}$")
    }

    /// A time of RFC 3339.
    static let time = text(format: "date-time")

    /// Any bytes.
    static let bytes = text(format: "binary")

    /// A whole number.
    static func integer(
        atLeast minimum: Int64? = nil, atMost maximum: Int64? = nil, _ description: String? = nil
    ) -> Schema {
        Schema(
            .members([
                "type": "integer", "minimum": minimum.map { .integer($0) }, "maximum": maximum.map { .integer($0) },
                "description": description.map { .string($0) },
            ]))
    }

    /// A number from 0 to 1.
    static func fraction(_ description: String? = nil) -> Schema {
        Schema(
            .members([
                "type": "number", "minimum": 0, "maximum": 1, "description": description.map { .string($0) },
            ]))
    }

    /// `true` or `false`.
    static func flag(_ description: String? = nil) -> Schema {
        Schema(.members(["type": "boolean", "description": description.map { .string($0) }]))
    }

    /// A list.
    static func list(
        _ items: Schema, count: ClosedRange<Int>? = nil, _ description: String? = nil
    ) -> Schema {
        let fewest = count?.lowerBound ?? 0
        return Schema(
            .members([
                "type": "array", "minItems": fewest > 0 ? .integer(Int64(fewest)) : nil,
                "maxItems": count.map { .integer(Int64($0.upperBound)) }, "items": items.node,
                "description": description.map { .string($0) },
            ]), documents: items.documents)
    }

    /// A list of at most so many entries.
    static func list(_ items: Schema, atMost count: Int, _ description: String? = nil) -> Schema {
        list(items, count: 0...count, description)
    }

    /// An object that may have any member.
    static let anyObject = Schema(["type": "object"])

    /// An object whose members all have one schema.
    static func map(_ values: Schema) -> Schema {
        Schema(["type": "object", "additionalProperties": values.node], documents: values.documents)
    }

    /// An object with these members and, unless it `isOpen`, no others.
    static func object(_ members: [Member], isOpen: Bool = false, _ description: String? = nil) -> Schema {
        let required = members.filter(\.isRequired).map { JSONNode.string($0.name) }
        return Schema(
            .members([
                "type": "object", "required": required.isEmpty ? nil : .array(required),
                "additionalProperties": isOpen ? nil : false, "description": description.map { .string($0) },
                "properties": .object(members.map { .init($0.name, $0.schema.node) }),
            ]), documents: members.flatMap(\.schema.documents))
    }

    /// The same schema, or `null`.
    func orNull(_ description: String? = nil) -> Schema {
        let nullable: JSONNode
        if case .object(let keywords) = node,
            case .string(let type)? = keywords.first(where: { $0.name == "type" })?.value
        {
            nullable = node.merging(["type": [.string(type), "null"]])
        } else {
            nullable = ["anyOf": [node, ["type": "null"]]]
        }
        let schema = Schema(nullable, documents: documents)
        return description.map { schema.described($0) } ?? schema
    }

    /// A problem with one of some codes.
    static func problem(_ codes: [ProblemCode]) -> Schema {
        let base = Schema.of(Problem.self)
        return Schema(
            [
                "allOf": [
                    base.node,
                    ["properties": ["code": ["enum": .array(codes.map { .string($0.rawValue) })]]],
                ]
            ], documents: base.documents)
    }

    /// A member of an object.
    struct Member: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        /// A member that is always there.
        static func required(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: true)
        }

        /// A member that may be left out.
        static func optional(_ name: String, _ schema: Schema) -> Member {
            Member(name: name, schema: schema, isRequired: false)
        }
    }
}

extension Problem: DescribedDocument {
    static let schemaName = "Problem"
    static let schema = Schema.object(
        [
            .required("type", .text(pattern: "^urn:videohost:problem:[a-z0-9_]+$")),
            .required("title", .text()),
            .required("status", .integer(atLeast: 400, atMost: 599)),
            .optional("detail", .text()),
            .required("code", .text(pattern: "^[a-z0-9_]+$")),
            .required("requestId", .text()),
            .optional(
                "errors",
                .list(
                    .object([
                        .required(
                            "pointer", .text("A JSON pointer into the body, or `?name` for a query parameter.")),
                        .required("code", .text()), .required("detail", .text()),
                    ]))),
        ], "An error (RFC 9457). Programs compare `code`.")
}
