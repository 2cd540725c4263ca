internal import Ground

/// A value in the path, query or headers of a request.
struct Parameter: Sendable {
    /// Where a parameter stands.
    enum Place: String, Sendable {
        case path, query, header
    }

    let place: Place
    let name: String
    let summary: String?
    let schema: Schema
    let isRequired: Bool
    /// A value for descriptions and tests.
    let example: String

    /// A segment of the path: `{name}`.
    static func path(_ name: String, _ schema: Schema, _ summary: String? = nil, example: String) -> Parameter {
        Parameter(place: .path, name: name, summary: summary, schema: schema, isRequired: true, example: example)
    }

    /// A field of the query, which may be left out.
    static func query(_ name: String, _ schema: Schema, _ summary: String? = nil, example: String) -> Parameter {
        Parameter(place: .query, name: name, summary: summary, schema: schema, isRequired: false, example: example)
    }

    /// A header that the route needs.
    static func header(_ name: String, _ schema: Schema, _ summary: String? = nil, example: String) -> Parameter {
        Parameter(place: .header, name: name, summary: summary, schema: schema, isRequired: true, example: example)
    }

    /// The identifier of something, as a segment of the path.
    static func identifier(
        _ name: String, _ prefix: Identifier.Prefix, _ summary: String
    ) -> Parameter {
        .path(name, .identifier(prefix), summary, example: prefix.text + "00000000000000000000000000")
    }

    /// The identifier of something, as the path's `{id}`.
    static func identifier(_ prefix: Identifier.Prefix, _ summary: String) -> Parameter {
        identifier("id", prefix, summary)
    }

    /// `0`, `1`, `false` or `true` in the query.
    static func flag(_ name: String, _ summary: String) -> Parameter {
        .query(name, .choice(["0", "1", "false", "true"]), summary, example: "1")
    }
}
