/// A media type such as `application/json; charset=utf-8`, without its parameters.
struct MediaType: Hashable {
    /// Type and subtype in lower case: `application/json`.
    let name: String

    /// Reads the value of a `Content-Type` header.
    init?(_ header: String?) {
        guard let header else { return nil }
        let name = header.prefix { $0 != ";" }.lowercased().split(separator: " ").joined()
        guard name.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return nil }
        self.name = name
    }

    /// Whether a body of this type is JSON.
    var isJSON: Bool { name == "application/json" || (name.hasPrefix("application/") && name.hasSuffix("+json")) }
    /// What `curl -d` says of every body, and plain HTML forms of theirs.
    var isForm: Bool { name == "application/x-www-form-urlencoded" }
    /// A form with files.
    var isMultipart: Bool { name == "multipart/form-data" }
}
