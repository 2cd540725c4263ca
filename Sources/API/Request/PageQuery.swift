internal import Catalog
internal import Ground
internal import HummingbirdCore

/// Reads the fields of a query and collects what is wrong with them, so that a client learns all of it at once.
///
/// Unknown fields are ignored.
struct QueryReader {
    private let parameters: FlatDictionary<Substring, Substring>
    private var errors: [Problem.Field] = []

    init(_ parameters: FlatDictionary<Substring, Substring>) {
        self.parameters = parameters
    }

    /// The value of a field that may be given once.
    mutating func value(_ name: Substring) -> String? {
        let values = parameters[values: name]
        if values.count > 1 { note(name, .repeated, "Must be given once.") }
        return values.first.map { String($0) }
    }

    /// A field that is `1` or `true`, `0` or `false`; absent means `false`.
    mutating func flag(_ name: Substring) -> Bool {
        switch value(name) {
        case nil, "0", "false": return false
        case "1", "true": return true
        default:
            note(name, .wrongType, "Must be 1 or 0.")
            return false
        }
    }

    /// Notes what is wrong with a field.
    mutating func note(_ name: Substring, _ code: FieldCode, _ detail: String) {
        errors.append(.init(pointer: "?\(name)", code: code, detail: detail))
    }

    /// Ends reading.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    func finish() throws {
        if !errors.isEmpty { throw Problem.invalid(errors) }
    }
}

/// Which page of a list a client wants.
struct PageQuery: Sendable {
    /// Most entries of the page.
    let limit: Int
    /// The last entry of the page before.
    let cursor: String?

    private static let limits = 1...100
    private static let defaultLimit = 20

    /// Reads the query of a list that has no other fields.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>, prefix: Identifier.Prefix) throws {
        var query = QueryReader(parameters)
        self.init(&query, prefix: prefix)
        try query.finish()
    }

    /// Takes `limit` and `cursor` out of a query.
    /// - Parameter prefix: What the list's entries are.
    init(_ query: inout QueryReader, prefix: Identifier.Prefix) {
        // Digits alone: `Int` would also accept a sign.
        limit = query.value("limit").map { $0.utf8.allSatisfy(\.isASCIIDigit) ? Int($0) ?? 0 : 0 } ?? Self.defaultLimit
        cursor = query.value("cursor")
        if !Self.limits.contains(limit) { query.note("limit", .outOfRange, "Must be 1 to 100.") }
        if let cursor, !Identifier.isValid(cursor, prefix: prefix) {
            query.note("cursor", .invalidCursor, "Take it from page.next.")
        }
    }

    /// The parameters of a list's route.
    static func parameters(_ prefix: Identifier.Prefix) -> [Parameter] {
        [
            .query(
                "limit", limitSchema.with(["default": .integer(Int64(defaultLimit))]), "Most entries of the page.",
                example: "20"),
            .query(
                "cursor", .identifier(prefix), "`page.next` of the page before.",
                example: prefix.text + "00000000000000000000000000"),
        ]
    }

    fileprivate static let limitSchema = Schema.integer(atLeast: 1, atMost: 100)
}

/// How to get the page after one.
struct PageLink: Encodable, Sendable {
    /// The `cursor` of the next page.
    let next: String?
    let limit: Int

    private enum Key: CodingKey { case next, limit }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        // `null` says that this is the last page; a missing field would leave it open.
        try fields.encode(next, forKey: .next)
        try fields.encode(limit, forKey: .limit)
    }
}

extension Schema {
    /// A page of a list.
    static func page(of document: any DescribedDocument.Type) -> Schema {
        .object([
            .required("data", .list(.of(document), atMost: 100)),
            .required(
                "page",
                .object([
                    .required("next", .text().orNull("The `cursor` of the next page; `null` on the last one.")),
                    .required("limit", PageQuery.limitSchema),
                ])),
        ])
    }
}
