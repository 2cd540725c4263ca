public import HTTPTypes

/// An answer that says no, as `application/problem+json` (RFC 9457).
///
/// Throw it from anywhere below the edge. `code` is stable and is what programs compare; `title` and `detail` are words for
/// people and may change.
public struct Problem: Error, Sendable {
    /// A field of the request that is wrong.
    public struct Field: Sendable, Hashable {
        /// Where: a JSON pointer into the body (`/title`), or `?limit` for a query parameter.
        public var pointer: String
        /// The stable code of what is wrong.
        public var code: String
        /// One sentence.
        public var detail: String

        /// A wrong field.
        public init(pointer: String, code: String, detail: String) {
            self.pointer = pointer
            self.code = code
            self.detail = detail
        }
    }

    /// The status of the answer.
    public var status: HTTPResponse.Status
    /// The stable code, in snake case.
    public var code: String
    /// The kind of problem in a few words, the same for every answer with this code.
    public var title: String
    /// What is wrong with this request, in one or two sentences.
    public var detail: String?
    /// Wrong fields, where the problem is about fields.
    public var errors: [Field]
    /// Headers of the answer: `Retry-After`, `Allow`, …
    public var headers: HTTPFields

    /// A problem.
    public init(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, detail: String? = nil, errors: [Field] = [],
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers
    }

    /// The same problem with a header more.
    public func with(_ name: HTTPField.Name, _ value: String) -> Problem {
        var copy = self
        copy.headers[name] = value
        return copy
    }

    /// The same problem, which a client may try again after some seconds.
    public func retryAfter(_ seconds: Int) -> Problem { with(.retryAfter, String(max(1, seconds))) }
}
