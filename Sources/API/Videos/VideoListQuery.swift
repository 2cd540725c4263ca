internal import Catalog
internal import Ground
internal import HummingbirdCore

/// Which page of which videos is wanted.
struct VideoListQuery: Sendable {
    /// Whether only one's own videos are wanted, in every state.
    let isMine: Bool
    /// Videos a page.
    let limit: Int
    /// The last video of the page before.
    let cursor: String?

    /// Reads the query; parameters that nobody knows are left alone.
    /// - Throws: ``Problem`` with 422 and all that is wrong.
    init(_ parameters: FlatDictionary<Substring, Substring>) throws {
        var errors: [Problem.Field] = []
        func value(_ name: Substring) -> String? {
            let values = parameters[values: name]
            if values.count > 1 {
                errors.append(.init(pointer: "?\(name)", code: "repeated", detail: "Must be given once."))
            }
            return values.first.map { String($0) }
        }

        // Digits alone: `Int` would also take a sign.
        let limit = value("limit").map { $0.utf8.allSatisfy { (48...57).contains($0) } ? Int($0) ?? 0 : 0 } ?? 20
        if !(1...100).contains(limit) {
            errors.append(.init(pointer: "?limit", code: "out_of_range", detail: "Must be 1 to 100."))
        }
        let cursor = value("cursor")
        if let cursor, !Identifier.isValid(cursor, prefix: .video) {
            errors.append(.init(pointer: "?cursor", code: "invalid_cursor", detail: "Take it from page.next."))
        }
        var isMine = false
        switch value("mine") {
        case nil, "0", "false": break
        case "1", "true": isMine = true
        default: errors.append(.init(pointer: "?mine", code: "wrong_type", detail: "Must be 1 or 0."))
        }
        if !errors.isEmpty { throw Problem.invalid(errors) }
        (self.isMine, self.limit, self.cursor) = (isMine, limit, cursor)
    }
}

/// A page of videos.
struct VideoPage: Encodable {
    /// How to get the next page.
    struct Page: Encodable {
        var next: String?
        var limit: Int

        private enum Key: CodingKey {
            case next, limit
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: Key.self)
            // `null` says that this is the last page; a missing field would leave it open.
            try fields.encode(next, forKey: .next)
            try fields.encode(limit, forKey: .limit)
        }
    }

    var data: [VideoDocument]
    var page: Page
}
