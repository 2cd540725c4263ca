internal import Catalog
internal import Ground
internal import HummingbirdCore

/// Which page of a list is wanted.
struct PageQuery: Sendable {
    /// Entries a page.
    let limit: Int
    /// The last entry of the page before.
    let cursor: String?

    /// Reads the query; parameters that nobody knows are left alone.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>, prefix: Identifier.Prefix) throws {
        var errors: [Problem.Field] = []
        let limits = parameters[values: "limit"]
        let cursors = parameters[values: "cursor"]
        for (name, values) in [("limit", limits), ("cursor", cursors)] where values.count > 1 {
            errors.append(.init(pointer: "?\(name)", code: "repeated", detail: "Must be given once."))
        }
        // Digits alone: `Int` would also take a sign.
        limit = limits.first.map { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) ?? 0 : 0 } ?? 20
        if !(1...100).contains(limit) {
            errors.append(.init(pointer: "?limit", code: "out_of_range", detail: "Must be 1 to 100."))
        }
        cursor = cursors.first.map { String($0) }
        if let cursor, !Identifier.isValid(cursor, prefix: prefix) {
            errors.append(.init(pointer: "?cursor", code: "invalid_cursor", detail: "Take it from page.next."))
        }
        if !errors.isEmpty { throw Problem.invalid(errors) }
    }
}
